package pushtest_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/push/webpush"
)

// station sends sound requests to all three providers, one token and one connection each.
type station struct {
	*pushtest.Services
	t                    *testing.T
	client               *http.Client
	apple, google, vapid string
	n                    int
}

func newStation(t *testing.T, o pushtest.Options) *station {
	t.Helper()
	s := start(t, o)
	st := &station{Services: s, t: t, client: h2(t, s), apple: bearer(t, s.Config().APNs, unchanged)}
	_, st.google, _ = grant(t, s, unchanged)
	st.vapid = vapid(t, s, unchanged)
	return st
}

// iphone rings an iPhone with headers beyond the usual: name, value, name, value.
func (st *station) iphone(a push.Address, body string, headers ...string) (int, string) {
	st.t.Helper()
	c := st.Config().APNs
	h := appleHead(st.t, c, st.apple)
	h.Set("Apns-Expiration", fmt.Sprint(time.Now().Add(90*24*time.Hour).Unix()))
	return st.post(c.URL+"/3/device/"+a.Token, body, h, headers)
}

// android rings an Android device: android is the message's object of that name, data the rest of data's members.
func (st *station) android(a push.Address, android, data string) (int, string) {
	st.t.Helper()
	st.n++
	kind := "token"
	if a.Kind == push.FCMFID {
		kind = "fid"
	}
	body := fmt.Sprintf(`{"message":{"%s":"%s","android":{%s},"data":{"n":"n%d","b":"%d"%s}}}`, kind, a.Token, android, st.n, st.n, data)
	return st.send(body)
}

func (st *station) send(body string) (int, string) {
	st.t.Helper()
	c := st.Config().FCM
	return st.post(c.URL+"/v1/projects/"+c.ProjectID+"/messages:send", body, http.Header{"Authorization": {"Bearer " + st.google}}, nil)
}

// browser rings a browser.
func (st *station) browser(a push.Address, plain string, headers ...string) (int, string) {
	st.t.Helper()
	body, err := webpush.Encrypt([]byte(plain), a.Keys, rand.Reader)
	if err != nil {
		st.t.Fatal(err)
	}
	h := http.Header{"Authorization": {st.vapid}, "Ttl": {"3600"}, "Content-Encoding": {"aes128gcm"}}
	return st.post(a.Token, string(body), h, headers)
}

func (st *station) post(address, body string, h http.Header, more []string) (int, string) {
	st.t.Helper()
	req, err := http.NewRequestWithContext(st.t.Context(), http.MethodPost, address, bytes.NewReader([]byte(body)))
	if err != nil {
		st.t.Fatal(err)
	}
	req.Header = h
	for i := 0; i < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	status, answer, _ := do(st.t, st.client, req)
	return status, answer
}

// fails sends to Google what is not to be answered.
func (st *station) fails(body string) error {
	st.t.Helper()
	c := st.Config().FCM
	req, err := http.NewRequestWithContext(st.t.Context(), http.MethodPost, c.URL+"/v1/projects/"+c.ProjectID+"/messages:send", bytes.NewReader([]byte(body)))
	if err != nil {
		st.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+st.google)
	resp, err := st.client.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

// later makes an assertion of the services' time, wherever Advance has moved it.
func later(s *pushtest.Services) func(*jwt.Token) {
	return func(tok *jwt.Token) {
		claims := tok.Claims.(jwt.MapClaims)
		claims["iat"], claims["exp"] = s.Time().Unix(), s.Time().Add(time.Hour).Unix()
	}
}

// inbox is what a device shows.
func (st *station) inbox(a push.Address) pushtest.Inbox {
	st.t.Helper()
	in, ok := st.Inbox(a.Token)
	if !ok {
		st.t.Fatal("no such device")
	}
	return in
}

// ids are the notifications on a screen.
func ids(in pushtest.Inbox) string {
	var all []string
	for _, item := range in.Shown {
		all = append(all, item.Notification)
	}
	return strings.Join(all, " ")
}

// alertOf is an iPhone's payload with an id.
func alertOf(id string) string {
	return `{"aps":{"alert":{"title-loc-key":"N_T","loc-key":"N_MSG"},"mutable-content":1,"badge":1},"n":"` + id + `"}`
}

// vapid signs a server's token for browsers' services; change makes it a bad one.
func vapid(t *testing.T, s *pushtest.Services, change func(*jwt.Token)) string {
	t.Helper()
	c := s.Config().Web
	key, err := jwt.ParseECPrivateKeyFromPEM(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	tok := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"aud": c.URL, "exp": time.Now().Add(12 * time.Hour).Unix(), "sub": c.Subject})
	change(tok)
	text, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return "vapid t=" + text + ", k=" + c.PublicKey
}
