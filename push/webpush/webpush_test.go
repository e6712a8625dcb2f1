package webpush_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/push/pushtest/conformance"
	"officermobile/push/webpush"
)

func open(t *testing.T, o webpush.Options) *webpush.Sender {
	t.Helper()
	s, err := webpush.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func options(t *testing.T, c pushtest.Config) webpush.Options {
	t.Helper()
	key, err := webpush.NewKey(c.Web.Key, c.Web.Subject)
	if err != nil {
		t.Fatal(err)
	}
	if key.Public() != c.Web.PublicKey {
		t.Fatal("the public key is another")
	}
	return webpush.Options{Key: key, TestURL: c.Web.URL, TestRoots: c.Roots()}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, conformance.Provider{
		Name: pushtest.Browsers, Kind: push.WebPush, Status: 201, Busy: "ServiceUnavailable",
		Auth:   pushtest.Fault{Status: 403, Reason: "Forbidden"},
		Config: pushtest.Fault{Status: 405, Reason: "MethodNotAllowed"},
		New: func(t *testing.T, c pushtest.Config, timeout time.Duration) conformance.Closer {
			o := options(t, c)
			o.Timeout = timeout
			return open(t, o)
		},
	})
}

func unbase64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestExampleOfTheStandard is that of RFC 8291, section 5.
func TestExampleOfTheStandard(t *testing.T) {
	t.Parallel()
	private, err := ecdh.P256().NewPrivateKey(unbase64(t, "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	if err != nil {
		t.Fatal(err)
	}
	body := unbase64(t, "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
	got, err := webpush.Decrypt(body, private, unbase64(t, "BTBZMqHH6r4Tts7J_aSIgg"))
	if err != nil || string(got) != "When I grow up, I want to be a watermelon" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestOnlyTheBrowserOpensIt(t *testing.T) {
	t.Parallel()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("sixteen secret b")
	p256dh := base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())
	sizes := map[int]bool{}
	for _, n := range []int{0, 1, 255, 256, 257, 1024, 3993} {
		plain := bytes.Repeat([]byte("x"), n)
		body, err := webpush.Encrypt(plain, push.WebKeys{P256DH: p256dh, Auth: base64.RawURLEncoding.EncodeToString(secret)}, rand.Reader)
		if err != nil || len(body) > 4096 {
			t.Fatalf("%d bytes: %d, %v", n, len(body), err)
		}
		sizes[len(body)] = true
		if got, err := webpush.Decrypt(body, private, secret); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes came back as %d, %v", n, len(got), err)
		}
		if _, err := webpush.Decrypt(body, private, []byte("another secret b")); err == nil {
			t.Errorf("%d bytes open with another secret", n)
		}
	}
	if len(sizes) != 4 {
		t.Errorf("%d sizes on the wire, want four: lengths are padded", len(sizes))
	}
	for _, bad := range []string{"", "AAAA", p256dh[:80], strings.Repeat("A", 87)} {
		if _, err := webpush.Encrypt(nil, push.WebKeys{P256DH: bad, Auth: base64.RawURLEncoding.EncodeToString(secret)}, rand.Reader); err == nil {
			t.Errorf("a key %q is taken", bad)
		}
	}
	if _, err := webpush.Encrypt(nil, push.WebKeys{P256DH: p256dh, Auth: "c2hvcnQ"}, rand.Reader); err == nil {
		t.Error("a short secret is taken")
	}
}

func TestEndpointsElsewhereAreNotAsked(t *testing.T) {
	t.Parallel()
	t.Run("R58 an endpoint is asked only if its host is a push service's", elsewhere)
}

func elsewhere(t *testing.T) {
	s, err := pushtest.Start(pushtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	o := options(t, s.Config())
	a := s.NewDevice(push.WebPush)
	sender := open(t, webpush.Options{Key: o.Key})
	local, err := url.Parse(s.Config().Web.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, endpoint := range []string{
		a.Token, // the test's own service, without the test flag
		"https://localhost/x", "https://127.0.0.1/x", "https://169.254.169.254/latest", "https://10.0.0.1/x", "https://[::1]/x",
		"https://[::ffff:127.0.0.1]/x", "https://evil.example/fcm.googleapis.com", "https://fcm.googleapis.com.evil.example/x",
		"https://fcm.googleapis.com:8443/x", "https://user@fcm.googleapis.com/x", "https://evilnotify.windows.com/x", "https://notify.windows.com/x",
	} {
		n := push.Notification{ID: record.UUID{1}, Class: push.Message, Address: push.Address{Kind: push.WebPush, Token: endpoint, Keys: a.Keys}}
		if got := sender.Send(t.Context(), n); got.Outcome == push.Accepted || got.Status != 0 {
			t.Errorf("%s: %+v", endpoint, got)
		}
	}
	// A name that is allowed, but leads to where nothing public is.
	rebound := open(t, webpush.Options{Key: o.Key, Hosts: []string{"localhost", local.Hostname()}})
	n := push.Notification{ID: record.UUID{1}, Class: push.Message, Address: push.Address{Kind: push.WebPush, Token: "https://localhost/x", Keys: a.Keys}}
	if got, want := rebound.Send(t.Context(), n), (push.Result{Outcome: push.ConfigTrouble, Reason: "AddressRefused"}); got != want {
		t.Errorf("rebound: %+v, want %+v", got, want)
	}
	if j := s.Journal(0); len(j) != 0 {
		t.Errorf("%d requests arrived", len(j))
	}
}

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"142.250.1.1:443": true, "[2a00:1450:4001:82a::200a]:443": true,
		"127.0.0.1:443": false, "10.1.2.3:443": false, "172.16.0.1:443": false, "192.168.1.1:443": false, "169.254.169.254:443": false,
		"100.64.0.1:443": false, "0.0.0.0:443": false, "255.255.255.255:443": false, "224.0.0.1:443": false, "198.18.0.1:443": false,
		"[::1]:443": false, "[::ffff:10.0.0.1]:443": false, "[fe80::1]:443": false, "[fd00::1]:443": false, "[64:ff9b::a00:1]:443": false, "[2002:a00:1::]:443": false,
		"nonsense": false,
	} {
		if got := webpush.Public("tcp", address, nil) == nil; got != want {
			t.Errorf("%s: got %v, want %v", address, got, want)
		}
	}
}

// The token is the same bytes for every process within a bucket, and a service's own.
func TestTokens(t *testing.T) {
	t.Parallel()
	s, err := pushtest.Start(pushtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	key := options(t, s.Config()).Key
	at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	header := func(endpoint string, at time.Time) string {
		u, err := url.Parse(endpoint)
		if err != nil {
			t.Fatal(err)
		}
		h, err := key.Authorization(u, at)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	first := header("https://fcm.googleapis.com/fcm/send/abc", at)
	if again := header("https://fcm.googleapis.com/fcm/send/xyz", at.Add(4*time.Hour)); again != first {
		t.Error("two tokens within a bucket differ")
	}
	if other := header("https://web.push.apple.com/abc", at); other == first {
		t.Error("two services get one token")
	}
	if later := header("https://fcm.googleapis.com/fcm/send/abc", at.Add(6*time.Hour)); later == first {
		t.Error("the token is for ever")
	}
	for _, subject := range []string{"", "push@example.org", "http://example.org"} {
		if _, err := webpush.NewKey(s.Config().Web.Key, subject); err == nil {
			t.Errorf("subject %q is taken", subject)
		}
	}
	if _, err := webpush.NewKey([]byte("no key"), "mailto:a@example.org"); err == nil {
		t.Error("no key is taken")
	}
}
