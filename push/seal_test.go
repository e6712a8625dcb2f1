package push_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/push"
)

// shows sets what the agency lets notifications show.
func (r *rig) shows(content models.PushContent) {
	r.t.Helper()
	r.do(r.ada, &models.AgencyChange{Settings: models.SettingsPatch(`{"push_content":"` + string(content) + `"}`)})
}

// keyed registers a new key for a device of olga's.
func (r *rig) keyed(d models.DeviceID) (*ecdh.PrivateKey, push.DeviceKeys) {
	r.t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	return private, r.registers(d, private.PublicKey())
}

func (r *rig) registers(d models.DeviceID, key *ecdh.PublicKey) push.DeviceKeys {
	r.t.Helper()
	keys, err := r.push.RegisterKeys(r.t.Context(), r.id(), d, r.olga, key)
	if err != nil {
		r.t.Fatal(err)
	}
	return keys
}

// bellOf is a notification as the device reads it off FCM's wire.
func (r *rig) bellOf(n push.Notification) doorbell.Bell {
	r.t.Helper()
	body, err := push.BuildFCM(n, time.Hour)
	if err != nil {
		r.t.Fatal(err)
	}
	return parsed(r.t, body)
}

// rang is the last notification to a device.
func (r *rig) rang(d models.DeviceID) push.Notification {
	r.t.Helper()
	all := r.provider.to(d)
	if len(all) == 0 {
		r.t.Fatal("the device did not ring")
	}
	return all[len(all)-1].Notification
}

func TestSealed(t *testing.T) {
	t.Parallel()
	bubble(t, "R52 a sealed preview opens with the device's key and the ring's id alone", func(t *testing.T, r *rig) {
		r.shows(models.ContentSealed)
		key, keys := r.keyed(r.phone)
		r.keyed(r.tablet)
		r.away()
		r.post(r.omar, r.chat, "meet at the <pier> & wait")
		r.pass(time.Second)
		bell := r.bellOf(r.rang(r.phone))
		if err := bell.Verify(r.phone, keys.Signers); err != nil {
			t.Fatal(err)
		}
		p, err := bell.Open(r.phone, key)
		want := doorbell.Preview{About: "message", Conversation: r.chat, Kind: models.PersonalKind, From: "omar", Text: "meet at the <pier> & wait", At: p.At}
		if err != nil || p != want {
			t.Errorf("got %+v, %v; want %+v", p, err, want)
		}
		if bell.KeyID != keys.KeyID {
			t.Errorf("sealed to the key %q, registered was %q", bell.KeyID, keys.KeyID)
		}
		if len(r.rang(r.phone).Sealed.Box) != 512+81 {
			t.Errorf("a box of %d bytes shows how long the text is", len(r.rang(r.phone).Sealed.Box))
		}
		other := bell
		other.ID = record.UUID{1}.String()
		if _, err := other.Open(r.phone, key); !errors.Is(err, doorbell.ErrUnopened) {
			t.Errorf("opened under another id: %v", err)
		}
		if _, err := bell.Open(r.tablet, key); !errors.Is(err, doorbell.ErrUnopened) {
			t.Errorf("opened as another device: %v", err)
		}
		if a, b := r.rang(r.phone).Sealed.Box, r.rang(r.tablet).Sealed.Box; bytes.Equal(a, b) || len(b) == 0 {
			t.Error("two devices got one box")
		}
	})
	bubble(t, "R52 nothing is sealed unless the agency and the device want it", func(t *testing.T, r *rig) {
		for _, content := range []models.PushContent{models.ContentNone, models.ContentFetch, models.ContentSealed} {
			r.shows(content)
			if content != models.ContentSealed {
				r.keyed(r.phone)
			} else {
				r.registers(r.phone, nil)
			}
			r.away()
			r.pass(time.Hour)
			r.post(r.omar, r.chat, "canary")
			r.pass(time.Minute)
			if n := r.rang(r.phone); n.Sealed.Box != nil || n.Signature == "" {
				t.Errorf("%q: a box of %d bytes, signature %q", content, len(n.Sealed.Box), n.Signature)
			}
		}
	})
	bubble(t, "R52 what is sealed is the newest as of sending", func(t *testing.T, r *rig) {
		r.shows(models.ContentSealed)
		key, _ := r.keyed(r.phone)
		r.is(r.tablet, models.Background, r.tip())
		r.post(r.omar, r.chat, "first")
		r.pass(5 * time.Second) // the phone has eight to confirm
		r.post(r.omar, r.chat, "second")
		r.post(r.olga, r.chat, "my own answer")
		r.pass(20 * time.Second)
		for _, s := range r.provider.to(r.phone) {
			if p, err := r.bellOf(s.Notification).Open(r.phone, key); err != nil || p.Text != "second" {
				t.Errorf("got %+v, %v", p, err)
			}
		}
		r.rang(r.phone)
	})
	bubble(t, "R13 who is out when it is sent gets no preview", func(t *testing.T, r *rig) {
		r.shows(models.ContentSealed)
		r.keyed(r.omars)
		group := newID[models.ConversationID](r.world)
		r.group(group, r.olga, r.omar, r.dan)
		r.pass(time.Minute)
		r.provider.forget()
		r.is(r.omars, models.Background, r.tip())
		r.provider.answers(push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection})
		r.post(r.dan, group, "secret") // and is to be sent anew
		r.pass(100 * time.Millisecond)
		before := len(r.provider.to(r.omars))
		r.do(r.olga, &models.Remove{ConversationID: group, UserID: r.omar})
		r.provider.answers(push.Result{Outcome: push.Accepted})
		r.pass(time.Hour)
		if before == 0 || len(r.provider.to(r.omars)) != before {
			t.Errorf("%d rings before and %d after", before, len(r.provider.to(r.omars)))
		}
	})
	bubble(t, "R34 what is too large for a provider goes once more, with nothing but the ring", func(t *testing.T, r *rig) {
		r.shows(models.ContentSealed)
		_, keys := r.keyed(r.phone)
		r.provider.answer = func(n push.Notification) push.Result {
			if len(n.Sealed.Box) > 0 {
				return push.Result{Outcome: push.OurBug, Status: 413, Reason: "PayloadTooLarge"}
			}
			return push.Result{Outcome: push.Accepted, Status: 200}
		}
		r.away()
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 2)
		all := r.provider.to(r.phone)
		if len(all) != 2 || all[0].ID != all[1].ID || all[1].Sealed.Box != nil {
			t.Fatalf("got %d requests", len(all))
		}
		if err := r.bellOf(all[1].Notification).Verify(r.phone, keys.Signers); err != nil {
			t.Error(err)
		}
		r.reason(seq, r.phone, push.Push, push.IsOffline)
		dead, err := r.push.DeadLetters(t.Context(), r.id(), "", 10)
		if err != nil || len(dead) != 0 {
			t.Errorf("dead letters %v, %v", dead, err)
		}
	})
	bubble(t, "R34 the redacted form is not repeated", func(t *testing.T, r *rig) {
		r.provider.answers(push.Result{Outcome: push.OurBug, Status: 413, Reason: "PayloadTooLarge"})
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Hour)
		r.want(r.phone, 1)
	})
	bubble(t, "R50 tags differ across devices for one conversation", func(t *testing.T, r *rig) {
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		a, b := r.rang(r.phone), r.rang(r.tablet)
		if a.ThreadTag == b.ThreadTag || a.CollapseTag == b.CollapseTag || a.ID == b.ID {
			t.Errorf("phone %q %q %q, tablet %q %q %q", a.ThreadTag, a.CollapseTag, a.ID, b.ThreadTag, b.CollapseTag, b.ID)
		}
		r.pass(time.Minute)
		r.post(r.omar, r.chat, "again")
		r.pass(time.Minute)
		if again := r.rang(r.phone); again.ThreadTag != a.ThreadTag || again.ID == a.ID {
			t.Errorf("the conversation's tag is %q, then %q", a.ThreadTag, again.ThreadTag)
		}
	})
}

func TestSigned(t *testing.T) {
	t.Parallel()
	bubble(t, "R57 every push is signed for its device and no forgery verifies", func(t *testing.T, r *rig) {
		r.shows(models.ContentSealed)
		_, keys := r.keyed(r.phone)
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		bell := r.bellOf(r.rang(r.phone))
		stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		forged := map[string]doorbell.Bell{
			"unsigned":       {ID: bell.ID},
			"another key":    bell.Sign(r.phone, stranger),
			"another id":     {ID: record.UUID{9}.String(), KeyID: bell.KeyID, Box: bell.Box, Signature: bell.Signature},
			"without box":    {ID: bell.ID, Signature: bell.Signature},
			"another box":    {ID: bell.ID, KeyID: bell.KeyID, Box: bell.Box[1:], Signature: bell.Signature},
			"a broken one":   {ID: bell.ID, KeyID: bell.KeyID, Box: bell.Box, Signature: bell.Signature[:40]},
			"another's name": {ID: bell.ID, KeyID: bell.KeyID, Box: bell.Box, Signature: "x" + bell.Signature[1:]},
		}
		if err := bell.Verify(r.phone, keys.Signers); err != nil {
			t.Fatal(err)
		}
		for name, f := range forged {
			if err := f.Verify(r.phone, keys.Signers); !errors.Is(err, doorbell.ErrForged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := bell.Verify(r.tablet, keys.Signers); !errors.Is(err, doorbell.ErrForged) {
			t.Errorf("another device's: %v", err)
		}
	})
	bubble(t, "R57 the key outlives a restart and is the same on every node", func(t *testing.T, r *rig) {
		_, before := r.keyed(r.phone)
		r.stop()
		r.start("another")
		after := r.registers(r.phone, nil)
		if len(before.Signers) != 1 || !bytes.Equal(before.Signers[0], after.Signers[0]) {
			t.Errorf("got %x, then %x", before.Signers, after.Signers)
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	bubble(t, "R54 a former key is kept for seven days after rotation, then not", func(t *testing.T, r *rig) {
		_, first := r.keyed(r.phone)
		if first.FormerID != "" {
			t.Errorf("the first key has a former one")
		}
		r.pass(time.Hour)
		key, second := r.keyed(r.phone)
		if second.FormerID != first.KeyID || second.KeyID == first.KeyID || !second.FormerUntil.Equal(time.Now().Add(push.KeyOverlap)) {
			t.Errorf("got %+v after %+v", second, first)
		}
		r.pass(push.KeyOverlap - time.Second)
		if again := r.registers(r.phone, key.PublicKey()); again.FormerID != first.KeyID || !again.FormerUntil.Equal(second.FormerUntil) {
			t.Errorf("a repetition changed it: %+v", again)
		}
		r.pass(time.Second)
		if late := r.registers(r.phone, key.PublicKey()); late.FormerID != "" || late.KeyID != second.KeyID {
			t.Errorf("after seven days: %+v", late)
		}
	})
	bubble(t, "R54 content is sealed to the newest key alone, and to none after sign-out", func(t *testing.T, r *rig) {
		r.shows(models.ContentSealed)
		old, _ := r.keyed(r.phone)
		key, keys := r.keyed(r.phone)
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		bell := r.bellOf(r.rang(r.phone))
		if _, err := bell.Open(r.phone, old); !errors.Is(err, doorbell.ErrNoKey) {
			t.Errorf("the former key: %v", err)
		}
		if _, err := bell.Open(r.phone, old, key); err != nil {
			t.Error(err)
		}
		if err := r.push.Unbind(t.Context(), r.id(), r.phone); err != nil {
			t.Fatal(err)
		}
		if got := r.docs.holding("push_keys", ""); len(got) != 0 {
			t.Errorf("keys are kept: %v", got)
		}
		if _, _, _, err := r.push.Fetcher(t.Context(), keys.FetchToken); !errors.Is(err, push.ErrFetchToken) {
			t.Errorf("the fetch token still works: %v", err)
		}
		if err := r.push.Register(t.Context(), r.id(), r.phone, addressOf(r.phone)); err != nil {
			t.Fatal(err)
		}
		r.post(r.omar, r.chat, "hello again")
		r.pass(time.Minute)
		if n := r.rang(r.phone); n.Sealed.Box != nil {
			t.Error("sealed to a key that was forgotten")
		}
	})
	t.Run("R52 a key must be a point", func(t *testing.T) {
		t.Parallel()
		private, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point := private.PublicKey().Bytes()
		if key, err := push.ParseKey(base64.RawURLEncoding.EncodeToString(point)); err != nil || !key.Equal(private.PublicKey()) {
			t.Errorf("a good one: %v", err)
		}
		off := bytes.Clone(point)
		off[64] ^= 1
		for name, bad := range map[string][]byte{"off the curve": off, "infinity": {0}, "short": point[:64], "none": {}} {
			_, err := push.ParseKey(base64.RawURLEncoding.EncodeToString(bad))
			if e := models.AsError(err); e == nil || e.Kind != models.KindInvalid || len(bad) > 1 && strings.Contains(err.Error(), base64.RawURLEncoding.EncodeToString(bad)) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func parsed(t testing.TB, fcm []byte) doorbell.Bell {
	t.Helper()
	i, j := bytes.Index(fcm, []byte(`"data":`))+7, bytes.Index(fcm, []byte(`,"android"`))
	bell, err := doorbell.Parse(fcm[i:j])
	if err != nil {
		t.Fatal(err)
	}
	return bell
}
