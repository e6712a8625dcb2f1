package pushtest

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"officermobile/push"
	"officermobile/push/webpush"
)

// Limits of browsers' push services.
const (
	webBody     = 4096
	webTokenEnd = 24 * time.Hour
	webTopic    = 32
)

// browser is the device's side of a subscription.
type browser struct {
	private *ecdh.PrivateKey
	secret  []byte
}

// subscribe makes a subscription as a browser does.
func (s *Services) subscribe() push.Address {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	secret := []byte(s.hex(8))
	a := push.Address{Kind: push.WebPush, Token: s.config.Web.URL + "/push/" + s.hex(24), App: s.opts.Topic, Keys: push.WebKeys{
		P256DH: base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(secret),
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers[a.Token] = browser{private, secret}
	return a
}

// browserService is POST to an endpoint (RFC 8030).
func (s *Services) browserService(w http.ResponseWriter, r *http.Request) {
	s.handle(w, r, Browsers, s.judgeBrowser, func(f Fault) answer {
		a := webSays(f.Status, f.Reason)
		if f.Body != "" {
			a.body, a.header = []byte(f.Body), http.Header{"Content-Type": {"text/html"}}
		}
		return a
	})
}

// webSays is such a service's reply: a few words, or none.
func webSays(status int, words string) answer {
	return answer{status: status, reason: words, body: []byte(words), header: http.Header{"Content-Type": {"text/plain"}}}
}

func (s *Services) judgeBrowser(r *http.Request, body []byte) (answer, notice) {
	n := notice{kind: push.WebPush, token: s.config.Web.URL + r.URL.Path, badge: -1, tag: r.Header.Get("Topic"), level: r.Header.Get("Urgency")}
	if status, words := s.webRules(r, body); status != http.StatusCreated {
		return webSays(status, words), n
	}
	state, _, _ := s.find(push.Address{Kind: push.WebPush, Token: n.token})
	switch state {
	case Uninstalled:
		return webSays(http.StatusGone, "push subscription has unsubscribed or expired."), n
	case Unknown:
		return webSays(http.StatusNotFound, "no such subscription"), n
	case Foreign:
		return webSays(http.StatusForbidden, "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions."), n
	case Throttled:
		return webSays(http.StatusTooManyRequests, "slow down"), n
	}
	n.messageID = s.hex(12)
	s.open(&n, body)
	a := webSays(http.StatusCreated, "")
	a.header.Set("Location", s.config.Web.URL+"/m/"+n.messageID)
	return a, n
}

var topicForm = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// webRules judges everything but the subscription.
func (s *Services) webRules(r *http.Request, body []byte) (status int, words string) {
	ttl, err := strconv.ParseInt(r.Header.Get("TTL"), 10, 32)
	topic := r.Header.Get("Topic")
	switch {
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, "method not allowed"
	case err != nil || ttl < 0:
		return http.StatusBadRequest, "TTL is a number of seconds"
	case len(topic) > webTopic || !topicForm.MatchString(topic):
		return http.StatusBadRequest, "Topic is up to 32 characters of base64url"
	case r.Header.Get("Content-Encoding") != "aes128gcm":
		return http.StatusBadRequest, "the content coding is aes128gcm"
	case len(body) > webBody:
		return http.StatusRequestEntityTooLarge, "over 4096 bytes"
	case !s.vapid(r):
		return http.StatusForbidden, "the VAPID token is not right"
	}
	return http.StatusCreated, ""
}

var vapidForm = regexp.MustCompile(`^vapid t=([^, ]+), k=([A-Za-z0-9_-]+)$`)

// vapid judges the server's token: signed by the key that it names, for this service, for a day at most, with a
// subject that Apple would take.
func (s *Services) vapid(r *http.Request) bool {
	m := vapidForm.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || m[2] != s.config.Web.PublicKey {
		return false
	}
	point, err := base64.RawURLEncoding.DecodeString(m[2])
	if err != nil {
		return false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return false
	}
	var claims jwt.RegisteredClaims
	_, err = jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithExpirationRequired(), jwt.WithAudience(s.config.Web.URL), jwt.WithTimeFunc(s.now)).
		ParseWithClaims(m[1], &claims, func(*jwt.Token) (any, error) { return key, nil })
	return err == nil && claims.ExpiresAt.Sub(s.now()) <= webTokenEnd &&
		(strings.HasPrefix(claims.Subject, "mailto:") || strings.HasPrefix(claims.Subject, "https://"))
}

// open is the browser: it decrypts, and the service worker shows what it reads.
func (s *Services) open(n *notice, body []byte) {
	s.mu.Lock()
	b, ok := s.browsers[n.token]
	s.mu.Unlock()
	if !ok {
		return
	}
	plain, err := webpush.Decrypt(body, b.private, b.secret)
	if err != nil {
		return // a browser drops what doesn't open
	}
	var m struct {
		ID       string `json:"n"`
		Thread   string `json:"t"`
		Collapse string `json:"c"`
		Badge    int    `json:"b"`
		Class    string `json:"x"`
	}
	if json.Unmarshal(plain, &m) != nil {
		return
	}
	n.id, n.thread, n.tag, n.badge = m.ID, m.Thread, orElse(m.Collapse, m.Thread), m.Badge
	words := map[string]string{"m": "N_MSG", "i": "N_INV", "e": "N_EMG"}
	n.words, n.wake = words[m.Class], m.Class == "q"
}
