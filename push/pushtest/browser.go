package pushtest

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
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
	server  string // the public key of the one server that may ring it
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
	s.browsers[a.Token] = browser{private, secret, s.config.Web.PublicKey}
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
	n := s.webNotice(r)
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

// webNotice is what the service itself knows of a message.
func (s *Services) webNotice(r *http.Request) notice {
	urgency := r.Header.Get("Urgency")
	n := notice{
		kind: push.WebPush, token: s.config.Web.URL + r.URL.Path, badge: -1, tag: r.Header.Get("Topic"), collapse: r.Header.Get("Topic"),
		level: urgency, urgent: urgency == "" || urgency == "normal" || urgency == "high",
	}
	if ttl, err := strconv.ParseInt(r.Header.Get("TTL"), 10, 32); err == nil && ttl > 0 {
		n.expires = s.now().Add(time.Duration(ttl) * time.Second)
	}
	return n
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
	case !slices.Contains([]string{"", "very-low", "low", "normal", "high"}, r.Header.Get("Urgency")):
		return http.StatusBadRequest, "Urgency is very-low, low, normal or high"
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

// vapid judges the server's token: signed by the key that it names and the subscription is bound to, for this service, for a day at most, with a
// subject that Apple would take.
func (s *Services) vapid(r *http.Request) bool {
	m := vapidForm.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || !s.bound(r, m[2]) {
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

// bound reports the key that a subscription was made with; one that nobody made here takes any.
func (s *Services) bound(r *http.Request, key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.browsers[s.config.Web.URL+r.URL.Path]
	return !ok || b.server == key
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
		Step     int    `json:"a"`
		Thread   string `json:"t"`
		Collapse string `json:"c"`
		Badge    int    `json:"b"`
		Class    string `json:"x"`
		Box      string `json:"e"`
	}
	if json.Unmarshal(plain, &m) != nil {
		return
	}
	n.id, n.thread, n.tag, n.badge = m.ID, m.Thread, orElse(m.Collapse, m.Thread), m.Badge
	n.sealed, n.payload = m.Box != "", plain
	if m.Step > 0 {
		n.step = strconv.Itoa(m.Step)
	}
	n.readClass(m.Class)
}
