package main_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/push/webpush"
)

// carried is an officer's device at one of the providers.
type carried struct {
	*client.Device
	bell    *client.Doorbell
	address push.Address
	private *ecdh.PrivateKey // of a browser's subscription
	secret  []byte
}

// pushDay is an agency whose officer carries a device of each provider's.
type pushDay struct {
	*birds
	agency
	services *pushtest.Services
	boss     string
	officer  string
	devices  []*carried
	texts    []string // that a preview may show
}

// newPushDay begins a day on which notifications may show what the agency chose.
func newPushDay(t *testing.T, content models.PushContent) *pushDay {
	services := simulate(t)
	day := &pushDay{agency: newAgency(t), services: services}
	listen := freePort(t)
	day.birds = &birds{t: t, base: "http://" + listen}
	day.startWithPush(t, services, listen, freePort(t), "token of the administrators", &log{})
	day.boss, _, _ = day.signIn(day.id, "admin", day.password, newTextID())
	day.must(day.boss, "PUT", "/v1/agency", fmt.Sprintf(`{"name":%q,"settings":{"push_content":%q}}`, day.bird("agency"), content))
	name, password := strings.ToLower(day.bird("username")), day.bird("password")+" of good length"
	day.officer = day.made("POST", "/v1/users", fmt.Sprintf(`{"username":%q,"name":%q,"types":["officer"],"active":true}`, name, day.bird("name")))
	day.must(day.boss, "PUT", "/v1/users/"+day.officer+"/password", fmt.Sprintf(`{"password":%q}`, password))
	for _, kind := range []push.AddressKind{push.APNs, push.FCMToken, push.WebPush} {
		d, err := day.device(t, listen, name, password)
		if err != nil {
			t.Fatal(err)
		}
		day.carry(d, kind)
	}
	return day
}

// carry gives a device an address and a key.
func (day *pushDay) carry(d *client.Device, kind push.AddressKind) {
	day.t.Helper()
	c := &carried{Device: d, bell: &client.Doorbell{}, address: day.services.NewAddress(kind)}
	if kind == push.WebPush { // with keys of the test's own, which then can read what a push service can't
		var err error
		if c.private, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
			day.t.Fatal(err)
		}
		c.secret = make([]byte, 16)
		rand.Read(c.secret)
		b64 := base64.RawURLEncoding
		c.address.Keys = push.WebKeys{P256DH: b64.EncodeToString(c.private.PublicKey().Bytes()), Auth: b64.EncodeToString(c.secret)}
	}
	day.services.Register(c.address, pushtest.Live, time.Time{})
	if err := errors.Join(c.bell.Rotate(rand.Reader, time.Now()), d.ReadPushes(day.t.Context(), c.bell)); err != nil {
		day.t.Fatal(err)
	}
	day.reach(d.Meta().Session.Access, d.ID().String(), c.address)
	day.keepSecret(d.ID().String())
	day.secrets = append(day.secrets, c.bell.FetchToken)
	day.devices = append(day.devices, c)
}

// made is a write by the administrator; the id that it answers is a secret in each of its forms, and so is what tells it
// by its beginning or its end.
func (day *pushDay) made(method, path, body string) string {
	day.t.Helper()
	id, _ := day.must(day.boss, method, path, body)["id"].(string)
	return day.keepSecret(id)
}

func (day *pushDay) keepSecret(id string) string {
	day.t.Helper()
	u, err := record.ParseUUID(id)
	if err != nil {
		day.t.Fatalf("%q is no id", id)
	}
	dashed := u.Hex()
	dashed = dashed[:8] + "-" + dashed[8:12] + "-" + dashed[12:16] + "-" + dashed[16:20] + "-" + dashed[20:]
	const begin, end = 12, 10 // of 16 bytes: before it is little but the time, which a notification's own id may share
	for _, part := range [][]byte{u[:begin], u[end:]} {
		day.secrets = append(day.secrets, hex.EncodeToString(part), strings.ToUpper(hex.EncodeToString(part)), base64.StdEncoding.EncodeToString(part), string(part))
	}
	day.secrets = append(day.secrets, id[:begin*8/6], id[len(id)-end:], dashed[:24], dashed[24:])
	return id
}

// shown is a text that a preview may show, and no provider may see.
func (day *pushDay) shown(field string) string {
	text := day.bird(field)
	day.texts = append(day.texts, text)
	return text
}

// pass lets happen what rings: an invitation, a message, an urgent one, a task.
func (day *pushDay) pass() (conversation string) {
	day.t.Helper()
	zone, work, team := newTextID(), newTextID(), newTextID()
	day.made("PUT", "/v1/zones/"+zone, fmt.Sprintf(`{"name":%q}`, day.bird("zone")))
	day.made("PUT", "/v1/work-zones/"+work, fmt.Sprintf(`{"zone":%q,"name":%q}`, zone, day.bird("workzone")))
	day.made("PUT", "/v1/teams/"+team, fmt.Sprintf(`{"zone":%q,"name":%q,"work_zones":[%q]}`, zone, day.bird("team"), work))
	bearer := day.devices[0].Meta().Session.Access
	day.must(bearer, "POST", "/v1/duty/on", fmt.Sprintf(`{"zone":%q,"team":%q,"call_sign":%q}`, zone, team, strings.ToUpper(day.bird("sign"))))
	made := day.must(day.boss, "POST", "/v1/conversations", fmt.Sprintf(`{"title":%q,"invitees":[%q,%q]}`, day.shown("title"), day.officer, day.made("POST", "/v1/users", fmt.Sprintf(`{"username":%q,"name":%q,"types":["officer"],"active":true}`, day.bird("second"), day.bird("name")))))
	conversation = day.keepSecret(made["id"].(string))
	day.rings(1)
	for _, id := range made["invitations"].([]any) {
		day.keepSecret(id.(string))
		day.ask(bearer, "POST", "/v1/invitations/"+id.(string)+"/accept", "{}") // one of them is the other's
	}
	day.made("POST", "/v1/conversations/"+conversation+"/messages", fmt.Sprintf(`{"text":%q}`, day.shown("text")+" 555-0142"))
	day.rings(2)
	day.made("POST", "/v1/conversations/"+conversation+"/messages", fmt.Sprintf(`{"text":%q,"urgent":true}`, day.shown("urgent")))
	day.rings(3)
	dispatch := day.made("POST", "/v1/dispatches", fmt.Sprintf(`{"work_zone":%q,"priority":"high","location":%q,"description":%q}`, work, day.shown("location"), day.bird("description")))
	day.made("POST", "/v1/dispatches/"+dispatch+"/tasks", fmt.Sprintf(`{"assignee":%q}`, day.officer))
	day.secrets = append(day.secrets, "555-0142")
	day.rings(4)
	return conversation
}

// rings waits until each device was rung so many times at least.
func (day *pushDay) rings(n int) {
	day.t.Helper()
	few := func(c *carried) bool { return len(day.payloads(c)) < n }
	for slices.ContainsFunc(day.devices, few) && day.t.Context().Err() == nil {
		soon, cancel := context.WithTimeout(day.t.Context(), 100*time.Millisecond)
		day.services.Watch(soon, 1<<30) // which nothing arrives behind: it ends soon
		cancel()
	}
}

// payloads are what a device was given, as its app reads it.
func (day *pushDay) payloads(c *carried) (all [][]byte) {
	for _, e := range day.services.Journal(0) {
		if e.Token != c.address.Token || !e.Accepted {
			continue
		}
		payload := []byte(e.Body)
		switch c.address.Kind {
		case push.FCMToken:
			var m struct {
				Message struct {
					Data json.RawMessage `json:"data"`
				} `json:"message"`
			}
			if err := json.Unmarshal(payload, &m); err != nil {
				day.t.Fatal(err)
			}
			payload = m.Message.Data
		case push.WebPush:
			var err error
			if payload, err = webpush.Decrypt(payload, c.private, c.secret); err != nil {
				day.t.Fatal(err)
			}
		}
		if bytes.Contains(payload, []byte("aps")) && !bytes.Contains(payload, []byte("alert")) {
			continue // a badge
		}
		all = append(all, payload)
	}
	return all
}

// providersSaw is all that travelled, and what browsers read of it too.
func (day *pushDay) providersSaw() string {
	addresses := make([]push.Address, len(day.devices))
	var all strings.Builder
	for i, c := range day.devices {
		addresses[i] = c.address
		for _, p := range day.payloads(c) {
			all.Write(p)
		}
	}
	text := pushed(day.services, addresses) + all.String()
	return text + decodedOf(text) // and what is behind base64 and hex
}

// decodedOf is what stands in words of base64url or hex.
func decodedOf(text string) string {
	var all strings.Builder
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		if b, err := base64.RawURLEncoding.DecodeString(word); err == nil {
			all.Write(b)
		}
		if b, err := hex.DecodeString(word); err == nil {
			all.Write(b)
		}
	}
	return all.String()
}

// TestPushDay plays a day against the simulators of all three providers, and looks at what travelled and what was shown.
func TestPushDay(t *testing.T) {
	t.Parallel()
	t.Run("R49 nothing is told in redacted mode, and a device fetches what rang it", func(t *testing.T) {
		t.Parallel()
		day := newPushDay(t, models.ContentFetch)
		conversation := day.pass()
		day.search(t, map[string]string{"pushes": day.providersSaw()})
		for _, c := range day.devices {
			day.fetched(c)
		}
		t.Run("R13 who was removed fetches nothing of it", func(t *testing.T) {
			day.must(day.boss, "POST", "/v1/conversations/"+conversation+"/members/"+day.officer+"/remove", "{}")
			for _, c := range day.devices {
				if text := day.previews(c); strings.Contains(text, "canarytext") || strings.Contains(text, "canaryurgent") {
					t.Errorf("%s: still fetches %s", c.address.Kind, text)
				}
			}
		})
		t.Run("R13 nor does a device that has signed out", func(t *testing.T) {
			c := day.devices[0]
			if err := c.SignOut(t.Context()); err != nil {
				t.Fatal(err)
			}
			if text := day.previews(c); text != "" {
				t.Errorf("it fetches %s", text)
			}
		})
	})
	t.Run("R49 sealed content is ciphertext to providers", func(t *testing.T) {
		t.Parallel()
		day := newPushDay(t, models.ContentSealed)
		iphone, android := day.devices[0], day.devices[1]
		day.services.OnSealed(iphone.address, iphone.unseal(iphone.bell.Key))
		day.services.OnSealed(android.address, android.unseal(iphone.bell.Key))
		day.pass()
		day.search(t, map[string]string{"pushes": day.providersSaw()})
		for _, c := range day.devices {
			day.opened(c)
		}
		t.Run("R53 what can't be opened leaves the redacted text on the device", func(t *testing.T) {
			if read := day.reads(iphone, true); !strings.Contains(read, day.texts[1]) {
				t.Errorf("the key's own device shows %s", read)
			}
			day.reads(android, false)
		})
	})
}

// unseal is the app on a simulated phone, with a key that may be another's.
func (c *carried) unseal(key []byte) pushtest.Unseal {
	return func(payload []byte) (title, text string, err error) {
		private, err := ecdh.P256().NewPrivateKey(key)
		if err != nil {
			return "", "", err
		}
		bell, err := doorbell.Parse(payload)
		if err != nil {
			return "", "", err
		}
		p, err := bell.Open(c.ID(), private)
		return p.From, p.Title + " " + p.Text, err
	}
}

// reads is what an officer sees on a device: with content or, on all of it, the generic words.
func (day *pushDay) reads(c *carried, content bool) string {
	day.t.Helper()
	in, _ := day.services.Inbox(c.address.Token)
	if len(in.Shown) == 0 {
		day.t.Errorf("%s shows nothing", c.address.Kind)
	}
	var all strings.Builder
	for _, item := range in.Shown {
		if !item.Sealed || item.Opened != content || !content && (item.Title != "Officer Mobile" || strings.Contains(item.Text, "canary")) {
			day.t.Errorf("%s shows %+v", c.address.Kind, item)
		}
		all.WriteString(item.Text + "\n")
	}
	return all.String()
}

// fetched checks that a device got the generic words, signed, and can have all previews.
func (day *pushDay) fetched(c *carried) {
	day.t.Helper()
	for _, p := range day.payloads(c) {
		n, err := c.bell.Ring(p, time.Now())
		if err != nil && !errors.Is(err, client.ErrSeen) || n.Preview != nil {
			day.t.Errorf("%s: got %+v, %v", c.address.Kind, n, err)
		}
	}
	day.all(c, day.previews(c))
}

// previews are what a device can fetch of what rang it.
func (day *pushDay) previews(c *carried) string {
	var all strings.Builder
	for _, p := range day.payloads(c) {
		bell, err := doorbell.Parse(p)
		if err != nil {
			day.t.Fatal(err)
		}
		if p, err := c.FetchPush(day.t.Context(), c.bell, bell.ID); err == nil {
			fmt.Fprintf(&all, "%+v\n", p)
		}
	}
	return all.String()
}

// opened checks that a device can read each ring by itself, and that no other can.
func (day *pushDay) opened(c *carried) {
	day.t.Helper()
	var all strings.Builder
	for _, p := range day.payloads(c) {
		n, err := c.bell.Ring(p, time.Now())
		if errors.Is(err, client.ErrSeen) {
			continue
		}
		if err != nil || n.Preview == nil {
			day.t.Errorf("%s: got %+v, %v of %s", c.address.Kind, n, err, p)
			continue
		}
		fmt.Fprintf(&all, "%+v\n", *n.Preview)
		for _, other := range day.devices {
			if other == c {
				continue
			}
			if _, err := other.bell.Ring(p, time.Now()); !errors.Is(err, doorbell.ErrForged) {
				day.t.Errorf("a push to %s on %s: %v", c.address.Kind, other.address.Kind, err)
			}
		}
	}
	day.all(c, all.String())
}

// all checks that previews say what was to be shown.
func (day *pushDay) all(c *carried, previews string) {
	day.t.Helper()
	for _, text := range day.texts {
		if !strings.Contains(previews, text) {
			day.t.Errorf("%s: no preview says %s; there are\n%s", c.address.Kind, text, previews)
		}
	}
}
