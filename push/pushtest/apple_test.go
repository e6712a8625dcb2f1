package pushtest_test

//lint:file-ignore SA1019 the senders use this transport, and so does the test.

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/net/http2"

	"officermobile/push"
	"officermobile/push/pushtest"
)

func start(t *testing.T, o pushtest.Options) *pushtest.Services {
	t.Helper()
	s, err := pushtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// h2 is a fresh connection to the services.
func h2(t *testing.T, s *pushtest.Services) *http.Client {
	t.Helper()
	transport := &http2.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Config().Roots()}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// bearer signs a provider token; change makes it a bad one.
func bearer(t *testing.T, c pushtest.APNsConfig, change func(*jwt.Token)) string {
	t.Helper()
	key, err := jwt.ParseECPrivateKeyFromPEM(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	tok := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": c.TeamID, "iat": time.Now().Unix()})
	tok.Header["kid"] = c.KeyID
	change(tok)
	text, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return "bearer " + text
}

func claim(name string, value any) func(*jwt.Token) {
	return func(tok *jwt.Token) { tok.Claims.(jwt.MapClaims)[name] = value }
}

func unchanged(*jwt.Token) {}

const alert = `{"aps":{"alert":{"loc-key":"N_MSG"},"badge":2},"n":"x"}`

// post sends a sound request to APNs after change has spoilt it.
func post(t *testing.T, client *http.Client, s *pushtest.Services, token string, change func(*http.Request)) (int, string, http.Header) {
	t.Helper()
	c := s.Config().APNs
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/3/device/"+token, strings.NewReader(alert))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", bearer(t, c, unchanged))
	for name, value := range map[string]string{"topic": c.Topic, "push-type": "alert", "priority": "10", "expiration": "0"} {
		req.Header.Set("apns-"+name, value)
	}
	change(req)
	return do(t, client, req)
}

func do(t *testing.T, client *http.Client, req *http.Request) (int, string, http.Header) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func content(text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader([]byte(text))), int64(len(text))
	}
}

func TestAppleRules(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	c := s.Config().APNs
	a := s.NewDevice(push.APNs)
	big := `{"aps":{"alert":"` + strings.Repeat("x", 4096) + `"}}`
	for _, row := range []struct {
		name   string
		change func(*http.Request)
		status int
		reason string
	}{
		{"sound", func(*http.Request) {}, 200, ""},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, 405, "MethodNotAllowed"},
		{"path", func(r *http.Request) { r.URL.Path = "/4/device/" + a.Token }, 404, "BadPath"},
		{"not hex", func(r *http.Request) { r.URL.Path = "/3/device/xyz" }, 404, "BadPath"},
		{"no token", func(r *http.Request) { r.URL.Path = "/3/device/" }, 400, "MissingDeviceToken"},
		{"no bearer", func(r *http.Request) { r.Header.Del("Authorization") }, 403, "MissingProviderToken"},
		{"nonsense bearer", header("Authorization", "bearer x.y.z"), 403, "InvalidProviderToken"},
		{"another team", header("Authorization", bearer(t, c, claim("iss", "OTHER"))), 403, "InvalidProviderToken"},
		{"another key", header("Authorization", bearer(t, c, func(tok *jwt.Token) { tok.Header["kid"] = "OTHER" })), 403, "InvalidProviderToken"},
		{"old", header("Authorization", bearer(t, c, claim("iat", time.Now().Add(-61*time.Minute).Unix()))), 403, "ExpiredProviderToken"},
		{"of tomorrow", header("Authorization", bearer(t, c, claim("iat", time.Now().Add(24*time.Hour).Unix()))), 403, "InvalidProviderToken"},
		{"tampered", func(r *http.Request) {
			r.Header.Set("Authorization", r.Header.Get("Authorization")[:60]+"AAAA"+r.Header.Get("Authorization")[64:])
		}, 403, "InvalidProviderToken"},
		{"twice", func(r *http.Request) { r.Header.Add("apns-topic", "again") }, 400, "DuplicateHeaders"},
		{"no topic", func(r *http.Request) { r.Header.Del("apns-topic") }, 400, "MissingTopic"},
		{"topic", header("apns-topic", "org.example.other"), 400, "TopicDisallowed"},
		{"push type", header("apns-push-type", "shout"), 400, "InvalidPushType"},
		{"priority", header("apns-priority", "11"), 400, "BadPriority"},
		{"loud background", header("apns-push-type", "background"), 400, "BadPriority"},
		{"background with an alert", func(r *http.Request) {
			r.Header.Set("apns-push-type", "background")
			r.Header.Set("apns-priority", "5")
		}, 400, "InvalidPushType"},
		{"expiration", header("apns-expiration", "soon"), 400, "BadExpirationDate"},
		{"collapse id", header("apns-collapse-id", strings.Repeat("x", 65)), 400, "BadCollapseId"},
		{"apns-id", header("apns-id", "1"), 400, "BadMessageId"},
		{"empty", content(``), 400, "PayloadEmpty"},
		{"no aps", content(`{"n":"x"}`), 400, "PayloadEmpty"},
		{"too large", content(big), 413, "PayloadTooLarge"},
		{"unknown device", func(r *http.Request) { r.URL.Path = "/3/device/" + strings.Repeat("0", 64) }, 400, "BadDeviceToken"},
	} {
		client := h2(t, s) // of its own, or another's provider token would spoil it
		status, body, got := post(t, client, s, a.Token, row.change)
		want := ""
		if row.reason != "" {
			want = `{"reason":"` + row.reason + `"}`
		}
		if status != row.status || body != want || got.Get("apns-id") == "" {
			t.Errorf("%s: got %d %s, want %d %s", row.name, status, body, row.status, want)
		}
	}
	if in, _ := s.Inbox(a.Token); len(in.Shown) != 1 || in.Badge != 2 {
		t.Errorf("inbox: %+v", in)
	}
}

func TestAppleEchoesTheID(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	const id = "123e4567-e89b-12d3-a456-4266554400ab"
	_, _, got := post(t, h2(t, s), s, s.NewDevice(push.APNs).Token, header("apns-id", id))
	if got.Get("apns-id") != strings.ToUpper(id) {
		t.Errorf("got %q", got.Get("apns-id"))
	}
}

// A provider token that changes within 20 minutes spoils its connection, and no other.
func TestAppleTokenUpdates(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	token := s.NewDevice(push.APNs).Token
	older := header("Authorization", bearer(t, s.Config().APNs, claim("iat", time.Now().Add(-time.Minute).Unix())))
	client := h2(t, s)
	for i, want := range []int{200, 429, 429} {
		change := older
		if i == 1 {
			change = func(*http.Request) {}
		}
		if got, body, _ := post(t, client, s, token, change); got != want {
			t.Errorf("request %d: got %d %s, want %d", i, got, body, want)
		}
	}
	if got, body, _ := post(t, h2(t, s), s, token, older); got != 200 {
		t.Errorf("on another connection: %d %s", got, body)
	}
}

func TestAppleSpeaksHTTP2Only(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Config().Roots(), NextProtos: []string{"http/1.1"}}}
	resp, err := (&http.Client{Transport: transport}).Get(s.Config().APNs.URL)
	if err == nil {
		resp.Body.Close()
		t.Errorf("HTTP/1.1 was answered with %s", resp.Status)
	}
}

func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"0.0.0.0", "192.0.2.1", "localhost"} {
		if s, err := pushtest.Start(pushtest.Options{Host: host}); err == nil {
			s.Close()
			t.Errorf("%s was taken", host)
		}
	}
}
