package pushtest_test

//lint:file-ignore SA1019 the senders use this transport, and so does the test.

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
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

// forged is a provider token with a head of one's own, signed on P-256 whatever it says.
func forged(t *testing.T, c pushtest.APNsConfig, head string, der bool) string {
	t.Helper()
	key, err := jwt.ParseECPrivateKeyFromPEM(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(head)) + "." + part(fmt.Appendf(nil, `{"iss":%q,"iat":%d}`, c.TeamID, time.Now().Unix()))
	digest := sha256.Sum256([]byte(text))
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if !der {
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(sig, &pair); err != nil {
			t.Fatal(err)
		}
		sig = append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
	}
	return "bearer " + text + "." + part(sig)
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
		{"S5 sound", func(*http.Request) {}, 200, ""},
		{"S5 GET", func(r *http.Request) { r.Method = http.MethodGet }, 405, "MethodNotAllowed"},
		{"S5 path", func(r *http.Request) { r.URL.Path = "/4/device/" + a.Token }, 404, "BadPath"},
		{"S5 not hex", func(r *http.Request) { r.URL.Path = "/3/device/xyz" }, 400, "BadDeviceToken"},
		{"S5 a hex token too short", func(r *http.Request) { r.URL.Path = "/3/device/abab" }, 400, "BadDeviceToken"},
		{"S5 a path below the token", func(r *http.Request) { r.URL.Path += "/x" }, 404, "BadPath"},
		{"S5 no token", func(r *http.Request) { r.URL.Path = "/3/device/" }, 400, "MissingDeviceToken"},
		{"S2 no bearer", func(r *http.Request) { r.Header.Del("Authorization") }, 403, "MissingProviderToken"},
		{"S2 nonsense bearer", header("Authorization", "bearer x.y.z"), 403, "InvalidProviderToken"},
		{"S2 no algorithm", header("Authorization", forged(t, c, `{"alg":"none","kid":"`+c.KeyID+`"}`, false)), 403, "InvalidProviderToken"},
		{"S2 another algorithm", header("Authorization", forged(t, c, `{"alg":"ES384","kid":"`+c.KeyID+`"}`, false)), 403, "InvalidProviderToken"},
		{"S2 a signature in ASN.1", header("Authorization", forged(t, c, `{"alg":"ES256","kid":"`+c.KeyID+`"}`, true)), 403, "InvalidProviderToken"},
		{"S2 the same, in 64 bytes", header("Authorization", forged(t, c, `{"alg":"ES256","kid":"`+c.KeyID+`"}`, false)), 200, ""},
		{"S2 another team", header("Authorization", bearer(t, c, claim("iss", "OTHER"))), 403, "InvalidProviderToken"},
		{"S2 another key", header("Authorization", bearer(t, c, func(tok *jwt.Token) { tok.Header["kid"] = "OTHER" })), 403, "InvalidProviderToken"},
		{"S2 old", header("Authorization", bearer(t, c, claim("iat", time.Now().Add(-61*time.Minute).Unix()))), 403, "ExpiredProviderToken"},
		{"S2 of tomorrow", header("Authorization", bearer(t, c, claim("iat", time.Now().Add(24*time.Hour).Unix()))), 403, "InvalidProviderToken"},
		{"S2 tampered", func(r *http.Request) {
			r.Header.Set("Authorization", r.Header.Get("Authorization")[:60]+"AAAA"+r.Header.Get("Authorization")[64:])
		}, 403, "InvalidProviderToken"},
		{"S5 twice", func(r *http.Request) { r.Header.Add("apns-topic", "again") }, 400, "DuplicateHeaders"},
		{"S5 no topic", func(r *http.Request) { r.Header.Del("apns-topic") }, 400, "MissingTopic"},
		{"S5 topic", header("apns-topic", "org.example.other"), 400, "TopicDisallowed"},
		{"S5 push type", header("apns-push-type", "shout"), 400, "InvalidPushType"},
		{"S5 priority", header("apns-priority", "11"), 400, "BadPriority"},
		{"S5 loud background", header("apns-push-type", "background"), 400, "BadPriority"},
		{"S5 background with an alert", func(r *http.Request) {
			r.Header.Set("apns-push-type", "background")
			r.Header.Set("apns-priority", "5")
		}, 400, "InvalidPushType"},
		{"S5 expiration", header("apns-expiration", "soon"), 400, "BadExpirationDate"},
		{"S5 expiration with a fraction", header("apns-expiration", "1.5"), 400, "BadExpirationDate"},
		{"S5 expiration before 1970", header("apns-expiration", "-1"), 400, "BadExpirationDate"},
		{"S5 no push type", func(r *http.Request) { r.Header.Del("apns-push-type") }, 400, "InvalidPushType"},
		{"S5 an alert to the topic of calls", header("apns-topic", c.Topic+".voip"), 400, "TopicDisallowed"},
		{"S5 a topic that begins alike", header("apns-topic", c.Topic+"x"), 400, "TopicDisallowed"},
		{"S5 a call", voip(c), 200, ""},
		{"S5 a call of 5120 bytes", both(voip(c), content(sized(5120))), 200, ""},
		{"S5 a call of more", both(voip(c), content(sized(5121))), 413, "PayloadTooLarge"},
		{"S5 an alert of 4096 bytes", content(sized(4096)), 200, ""},
		{"S5 priority 1", header("apns-priority", "1"), 200, ""},
		{"S5 no priority", func(r *http.Request) { r.Header.Del("apns-priority") }, 200, ""},
		{"S5 background", both(background, content(`{"aps":{"content-available":1},"n":"x"}`)), 200, ""},
		{"S5 background with a badge", both(background, content(`{"aps":{"content-available":1,"badge":1}}`)), 400, "InvalidPushType"},
		{"S5 talk at ease", both(header("apns-push-type", "pushtotalk"), both(header("apns-topic", c.Topic+".voip-ptt"), header("apns-priority", "5"))), 400, "BadPriority"},
		{"S5 collapse id of 64", header("apns-collapse-id", strings.Repeat("x", 64)), 200, ""},
		{"S5 collapse id", header("apns-collapse-id", strings.Repeat("x", 65)), 400, "BadCollapseId"},
		{"S5 apns-id", header("apns-id", "1"), 400, "BadMessageId"},
		{"S5 empty", content(``), 400, "PayloadEmpty"},
		{"S5 no aps", content(`{"n":"x"}`), 400, "PayloadEmpty"},
		{"S5 too large", content(big), 413, "PayloadTooLarge"},
		{"S5 larger than every window", content(sized(200_000)), 413, "PayloadTooLarge"},
		{"S6 unknown device", func(r *http.Request) { r.URL.Path = "/3/device/" + strings.Repeat("0", 64) }, 400, "BadDeviceToken"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			client := h2(t, s) // of its own, or another's provider token would spoil it
			status, body, got := post(t, client, s, a.Token, row.change)
			want := ""
			if row.reason != "" {
				want = `{"reason":"` + row.reason + `"}`
			}
			if status != row.status || body != want || got.Get("apns-id") == "" {
				t.Errorf("got %d %s, want %d %s", status, body, row.status, want)
			}
		})
	}
}

func both(first, second func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) { first(r); second(r) }
}

func voip(c pushtest.APNsConfig) func(*http.Request) {
	return both(header("apns-push-type", "voip"), header("apns-topic", c.Topic+".voip"))
}

func background(r *http.Request) {
	r.Header.Set("apns-push-type", "background")
	r.Header.Set("apns-priority", "5")
}

// sized is a payload of so many bytes.
func sized(n int) string {
	const frame = `{"aps":{"alert":""}}`
	return strings.Replace(frame, `""`, `"`+strings.Repeat("x", n-len(frame))+`"`, 1)
}

func TestAppleEchoesTheID(t *testing.T) {
	t.Parallel()
	t.Run("S10 in upper case", echo)
}

func echo(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	const id = "123e4567-e89b-12d3-a456-4266554400ab"
	client, token := h2(t, s), s.NewDevice(push.APNs).Token
	_, _, got := post(t, client, s, token, header("apns-id", id))
	if got.Get("apns-id") != strings.ToUpper(id) {
		t.Errorf("got %q", got.Get("apns-id"))
	}
	if j := s.Journal(0); len(j) != 1 || j[0].MessageID != strings.ToUpper(id) {
		t.Errorf("journal: %+v", j)
	}
}

func TestAppleSpeaksHTTP2Only(t *testing.T) {
	t.Parallel()
	t.Run("S1 HTTP/1.1 is refused in the handshake", onlyHTTP2)
}

func onlyHTTP2(t *testing.T) {
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
