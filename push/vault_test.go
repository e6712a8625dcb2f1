package push_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
	"officermobile/store"
)

// keyLine is a key as a line of its file.
func keyLine(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

// keysOf are keys, the newest first.
func keysOf(t testing.TB, all ...byte) push.Keys {
	t.Helper()
	var lines []string
	for _, b := range all {
		lines = append(lines, keyLine(b))
	}
	k, err := push.ParseKeys(strings.Join(lines, "\n") + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// serverKeys are those of every service of a rig, as those of nodes on one store.
func serverKeys(t testing.TB) push.Keys { return keysOf(t, 1) }

func TestParseKeys(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "canary", keyLine(1)[:20], keyLine(1) + "\n\n" + keyLine(2), strings.Repeat(keyLine(1)+"\n", 17)} {
		if _, err := push.ParseKeys(text); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v", text, err)
		}
	}
	drawn := push.DrawKey()
	if _, err := push.ParseKeys(drawn); err != nil || drawn == push.DrawKey() {
		t.Errorf("a key that was drawn: %v", err)
	}
}

// dump is all that a rig's store holds.
func (m *memory) dump() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	for kind, docs := range m.docs {
		for id, d := range docs {
			fmt.Fprintf(&b, "%s %s %s\n", kind, id, d.Body)
		}
	}
	return b.String()
}

// body reads a document as it lies there.
func (m *memory) body(kind store.Kind, id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.docs[kind][id].Body)
}

func (r *rig) register(d models.DeviceID, a push.Address) {
	r.t.Helper()
	if err := r.push.Register(r.t.Context(), r.id(), d, a); err != nil {
		r.t.Fatal(err)
	}
}

// addressID names a device's document.
func (r *rig) addressID(d models.DeviceID) string { return r.id().Hex() + "/" + d.Hex() }

// last is where the latest request went.
func (r *rig) last() push.Address {
	r.t.Helper()
	all := r.provider.all()
	if len(all) == 0 {
		r.t.Fatal("nothing was sent")
	}
	return all[len(all)-1].Address
}

// with restarts the rig's service with other keys.
func (r *rig) with(all ...byte) {
	r.stop()
	r.keys = keysOf(r.t, all...)
	r.start("node")
}

func TestVault(t *testing.T) {
	t.Parallel()
	hexToken := strings.Repeat("ca4a", 16)
	addresses := []push.Address{
		{Kind: push.APNs, Token: hexToken, App: "com.example.officer", Environment: push.Production},
		{Kind: push.FCMToken, Token: "canary-registration-token"},
		{Kind: push.WebPush, Token: "https://fcm.googleapis.com/fcm/send/canary-endpoint", Keys: browserKeys},
	}
	bubble(t, "R56 the whole store tells nobody where a phone is reached", func(t *testing.T, r *rig) {
		for i, d := range []models.DeviceID{r.phone, r.tablet, r.omars} {
			r.register(d, addresses[i])
		}
		r.away()
		r.urgent(r.dan, r.dispatchWith(r.olga))
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		got := r.provider.all()
		for _, a := range addresses[:2] {
			if !slices.ContainsFunc(got, func(s sent) bool { return s.Address == a }) {
				t.Errorf("%v was not rung with what was registered", a)
			}
		}
		all := r.docs.dump() + fmt.Sprintf("%+v", r.log)
		if !strings.Contains(all, "push_address") || !strings.Contains(all, "push_verdict") {
			t.Fatal("nothing was looked at")
		}
		for _, a := range addresses {
			sum := sha256.Sum256([]byte(string(a.Kind) + "\x00" + a.App + "\x00" + a.Token))
			for _, secret := range []string{a.Token, base64.StdEncoding.EncodeToString([]byte(a.Token)), browserKeys.P256DH, browserKeys.Auth, hex.EncodeToString(sum[:])} {
				if strings.Contains(all, secret) {
					t.Errorf("the store holds something of %v", a)
				}
			}
		}
	})
	bubble(t, "R56 another device's document does not open", func(t *testing.T, r *rig) {
		r.away()
		r.docs.mu.Lock()
		mine := r.docs.docs["push_address"][r.addressID(r.phone)]
		theirs := r.docs.docs["push_address"][r.addressID(r.omars)]
		theirs.Body = mine.Body
		r.docs.docs["push_address"][theirs.ID] = theirs
		r.docs.mu.Unlock()
		r.post(r.olga, r.chat, "for omar alone")
		r.pass(time.Minute)
		if got := len(r.provider.all()); got != 0 {
			t.Errorf("%d requests by an address that was put under another device", got)
		}
		if h := r.health(r.omars); h.State != push.HealthUnreadable {
			t.Errorf("got %+v", h)
		}
	})
	bubble(t, "R56 a rotation loses nobody, and is over within a week", func(t *testing.T, r *rig) {
		r.register(r.phone, addresses[1])
		r.with(2, 1)
		r.away()
		r.post(r.omar, r.chat, "under the old key")
		r.pass(time.Minute)
		r.provider.forget()
		r.register(r.omars, addresses[1]) // it changes hands under the new key
		r.post(r.omar, r.chat, "to olga, who has no such phone any more")
		r.pass(time.Minute)
		if slices.ContainsFunc(r.provider.all(), func(s sent) bool { return s.Address == addresses[1] }) {
			t.Error("an address rang for whom it was taken from, across keys")
		}
		if got := len(r.docs.holding("push_claim", "")); got != 2 {
			t.Errorf("%d claims of two addresses", got)
		}
		r.leap(7 * day)
		r.with(2) // the old key is gone
		for _, d := range []models.DeviceID{r.tablet, r.omars} {
			if h := r.health(d); h.State != push.HealthGood {
				t.Errorf("after the old key is gone: %+v", h)
			}
		}
		r.provider.forget()
		r.post(r.olga, r.chat, "under the new key")
		r.pass(time.Minute)
		if got := r.last(); got != addresses[1] {
			t.Errorf("rang %#v", got)
		}
		r.post(r.omar, r.chat, "to a phone that did not register since")
		r.pass(time.Minute)
		r.want(r.tablet, 1)
	})
	bubble(t, "R56 what was stored before sealing rings, and is sealed when it is touched", func(t *testing.T, r *rig) {
		plain := fmt.Sprintf(`{"kind":"fcm_token","token":"canary-plain","registered_at":%q,"secret":%q}`,
			time.Now().Format(time.RFC3339), base64.StdEncoding.EncodeToString(make([]byte, 32)))
		sum := sha256.Sum256([]byte("fcm_token\x00\x00canary-plain"))
		r.docs.mu.Lock()
		old := r.docs.docs["push_address"][r.addressID(r.omars)]
		old.Body = []byte(plain)
		r.docs.docs["push_address"][old.ID] = old
		claim := store.Document{Kind: "push_claim", ID: hex.EncodeToString(sum[:]), Version: 1, Body: []byte(`{"device":"` + old.ID + `"}`)}
		r.docs.docs["push_claim"][claim.ID] = claim
		r.docs.mu.Unlock()
		r.away()
		r.post(r.olga, r.chat, "hello")
		r.pass(time.Minute)
		if got := r.last().Token; got != "canary-plain" {
			t.Errorf("rang %q", got)
		}
		if got := r.docs.body("push_address", old.ID); strings.Contains(got, "canary") {
			t.Error("it lies there in clear after it rang")
		}
		r.register(r.phone, push.Address{Kind: push.FCMToken, Token: "canary-plain"})
		if got := r.docs.body("push_claim", claim.ID); got != "" {
			t.Error("the claim's plain hash stays")
		}
		if h := r.health(r.omars); h.State != push.HealthNone {
			t.Errorf("who had it before: %+v", h)
		}
	})
}

// health must be there.
func (r *rig) health(d models.DeviceID) push.Health {
	r.t.Helper()
	h, err := r.push.Health(r.t.Context(), r.id(), d)
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}
