package main_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"officermobile/models"
	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/replay/child"

	"github.com/google/uuid"
)

// birds counts and keeps the texts that must come up nowhere but where they were sent.
type birds struct {
	t       *testing.T
	base    string // of the API
	secrets []string
	n       int
	refused bytes.Buffer // the bodies of all refusals
}

// bird is a new text; each field gets one of its own, so that a find names its field.
func (b *birds) bird(field string) string {
	b.n++
	text := fmt.Sprintf("canary%s%dbird", field, b.n)
	b.secrets = append(b.secrets, text)
	return text
}

// id is a new id as clients mint them.
func newTextID() string {
	u := uuid.Must(uuid.NewV7())
	return models.UserID(u).String()
}

// ask is a request; a refusal is kept to be looked through.
func (b *birds) ask(bearer, method, path, body string, headers ...string) map[string]any {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	var answer map[string]any
	_ = json.Unmarshal(text, &answer) // some answers are empty
	if answer == nil {
		answer = map[string]any{}
	}
	answer["status"] = res.StatusCode
	if res.StatusCode >= 400 {
		fmt.Fprintf(&b.refused, "%s %d %v %s\n", method, res.StatusCode, res.Header, text)
	}
	return answer
}

// must is a request that is taken.
func (b *birds) must(bearer, method, path, body string, headers ...string) map[string]any {
	b.t.Helper()
	answer := b.ask(bearer, method, path, body, headers...)
	if status := answer["status"].(int); status >= 300 {
		b.t.Fatalf("%s %s: got %v", method, path, answer)
	}
	return answer
}

// signIn answers an access and a refresh token, which are secrets from then on.
func (b *birds) signIn(agency, username, password, device string) (access, refresh, key string) {
	b.t.Helper()
	bits := make([]byte, 32)
	rand.Read(bits)
	key = base64.RawURLEncoding.EncodeToString(bits)
	body := fmt.Sprintf(`{"agency_id":%q,"username":%q,"password":%q,"device_id":%q,"device_key":%q,"register":{"name":%q,"class":"phone","platform":"android"}}`,
		agency, username, password, device, key, b.bird("device"))
	in := b.must("", "POST", "/v1/sign-in", body)
	access, refresh = in["access"].(string), in["refresh"].(string)
	b.secrets = append(b.secrets, access, refresh, key, password, access[len(access)-40:])
	return access, refresh, key
}

// log is what the server prints, while it prints.
type log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// TestT41_NoCanarySings: a day of sign-ins, messages, errors and pushes leaves no secret and no content in the logs at
// their most talkative, in metrics, in traces, in refusals or in what providers are given.
func TestT41_NoCanarySings(t *testing.T) {
	t.Parallel()
	services := simulate(t)
	a, listen, admin := newAgency(t), freePort(t), freePort(t)
	b := &birds{t: t, base: "http://" + listen}
	adminToken := b.bird("admintoken")
	logs := &log{}
	collector, traces := collect(t)
	server := a.startWithPush(t, services, listen, admin, adminToken, logs, "OFFICERMOBILE_TRACE_ENDPOINT="+collector, "OFFICERMOBILE_TRACE_RATIO=1")

	name, password := strings.ToLower(b.bird("username")), b.bird("password")+" of good length"
	boss, _, _ := b.signIn(a.id, "admin", a.password, newTextID())
	zone, work, team := newTextID(), newTextID(), newTextID()
	b.must(boss, "PUT", "/v1/agency", fmt.Sprintf(`{"name":%q,"settings":{"push_content":"sealed"}}`, b.bird("agency")))
	b.must(boss, "PUT", "/v1/zones/"+zone, fmt.Sprintf(`{"name":%q}`, b.bird("zone")))
	b.must(boss, "PUT", "/v1/work-zones/"+work, fmt.Sprintf(`{"zone":%q,"name":%q}`, zone, b.bird("workzone")))
	b.must(boss, "PUT", "/v1/teams/"+team, fmt.Sprintf(`{"zone":%q,"name":%q,"work_zones":[%q]}`, zone, b.bird("team"), work))
	user := b.must(boss, "POST", "/v1/users", fmt.Sprintf(`{"username":%q,"name":%q,"types":["officer","dispatcher"],"active":true}`, name, b.bird("name")))["id"].(string)
	b.secrets = append(b.secrets, name)
	b.must(boss, "PUT", "/v1/users/"+user+"/password", fmt.Sprintf(`{"password":%q}`, password))

	device := newTextID()
	b.ask("", "POST", "/v1/sign-in", fmt.Sprintf(`{"agency_id":%q,"username":%q,"password":%q,"device_id":%q,"device_key":%q}`, a.id, name, b.bird("wrongpassword"), device, strings.Repeat("x", 43)))
	b.ask("", "POST", "/v1/sign-in", fmt.Sprintf(`{"agency_id":%q,"username":%q,"password":%q,"device_id":%q,"device_key":%q}`, a.id, b.bird("nobody"), b.bird("password"), device, strings.Repeat("x", 43)))
	access, refresh, key := b.signIn(a.id, name, password, device)
	addresses := []push.Address{services.NewDevice(push.FCMToken), services.NewDevice(push.APNs), services.NewDevice(push.WebPush)}
	b.reach(access, device, addresses[0])
	b.keyed(access, device)
	for _, address := range addresses[1:] {
		other := newTextID()
		bearer, _, _ := b.signIn(a.id, name, password, other)
		b.reach(bearer, other, address)
		b.keyed(bearer, other)
	}

	echoing(services, addresses)
	conversation := b.must(boss, "POST", "/v1/conversations", fmt.Sprintf(`{"title":%q,"invitees":[%q]}`, b.bird("title"), user))["id"].(string)
	messages := "/v1/conversations/" + conversation + "/messages"
	b.must(access, "POST", messages, fmt.Sprintf(`{"text":%q}`, b.bird("text")), "Idempotency-Key", b.bird("idempotencykey"))
	b.must(boss, "POST", messages, fmt.Sprintf(`{"text":%q,"urgent":true}`, b.bird("urgent")))
	b.must(boss, "POST", messages, fmt.Sprintf(`{"text":%q}`, b.bird("text")))
	b.must(boss, "POST", "/v1/dispatches", fmt.Sprintf(`{"work_zone":%q,"priority":"high","location":%q,"description":%q}`, work, b.bird("location"), b.bird("description")))
	b.must(access, "POST", "/v1/duress", "{}")

	for _, bearer := range []string{boss, access, b.bird("bearer")} {
		b.ask(bearer, "POST", messages, fmt.Sprintf(`{"text":%q,"nothing":%q}`, b.bird("unknown"), b.bird("unknown")))
		b.ask(bearer, "POST", messages, fmt.Sprintf(`{"text":%q`, b.bird("cut")))
		b.ask(bearer, "PUT", "/v1/agency", fmt.Sprintf(`{"name":[%q]}`, b.bird("type")))
		b.ask(bearer, "GET", "/v1/dispatches/"+b.bird("path"), "")
		b.ask(bearer, "GET", "/v1/"+b.bird("route")+"?q="+b.bird("query"), "")
		b.ask(bearer, "GET", "/v1/users?after="+b.bird("cursor"), "")
		b.ask(bearer, "POST", "/v1/sync", fmt.Sprintf(`{"schema":1,"t":%q}`, b.bird("position")), "User-Agent", b.bird("agent"))
		b.ask(bearer, "POST", "/v1/renew", fmt.Sprintf(`{"refresh":%q}`, b.bird("refresh")), "Device-Key", b.bird("devicekey"))
		b.ask(bearer, "GET", "/v1/live?token="+b.bird("streamtoken"), "", "Last-Event-ID", b.bird("position"))
	}
	next := b.must("", "POST", "/v1/renew", fmt.Sprintf(`{"refresh":%q}`, refresh), "Device-Key", key)
	b.secrets = append(b.secrets, next["access"].(string), next["refresh"].(string))
	b.must(next["access"].(string), "GET", "/v1/me", "")
	b.ask("", "POST", "/v1/renew", fmt.Sprintf(`{"refresh":%q}`, refresh), "Device-Key", key) // used up: theft

	for !rung(services, addresses) && t.Context().Err() == nil {
		b.must(boss, "POST", "/v1/sync", `{"schema":1,"wait_ms":20}`)
	}
	_, metrics := fetch(t, "http://"+admin+"/metrics", adminToken)
	_, health := fetch(t, "http://"+admin+"/health", adminToken)
	if err := server.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	b.notStored(a.folder, addresses)
	b.search(t, map[string]string{"pushes": pushed(services, addresses)})
	t.Run("R51 logs, metrics, traces and errors tell no token and no payload", func(t *testing.T) {
		b.secrets = append(append(b.secrets, keysOf(services)...), payloads(t, services)...)
		b.search(t, map[string]string{"log": logs.String(), "metrics": metrics, "refusals": b.refused.String(), "health": health, "traces": traces.String()})
	})
}

// bearing are places where the test would see a text, to show that it looks at something.
var bearing = map[string]string{
	"log": `"route":"post-message"`, "metrics": `officermobile_push_dead_letters_total{reason="not_json"}`, "refusals": "application/problem+json",
	"health": "apns/production", "pushes": "{", "traces": "post-message",
}

func (b *birds) search(t *testing.T, places map[string]string) {
	t.Helper()
	for place, text := range places {
		if !strings.Contains(text, bearing[place]) {
			t.Errorf("the %s has no %s: nothing was looked at: %.300s", place, bearing[place], text)
		}
		for _, secret := range b.secrets {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("the %s has %.60q: ...%s", place, secret, text[max(0, at-200):min(len(text), at+100)])
			}
		}
		if found := regexp.MustCompile(`(?i)canary[a-z]*\d+`).FindString(text); found != "" {
			t.Errorf("the %s has %s in another spelling", place, found)
		}
	}
}

// startWithPush runs a server at its most talkative that rings simulated phones.
func (a agency) startWithPush(t *testing.T, services *pushtest.Services, listen, admin, token string, to io.Writer, settings ...string) *child.Process {
	t.Helper()
	c := services.Config()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, c.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"OFFICERMOBILE_LOG_LEVEL=debug", "OFFICERMOBILE_LOG_FORMAT=json",
		"OFFICERMOBILE_SERVER_ADMIN_LISTEN=" + admin, "OFFICERMOBILE_SERVER_ADMIN_TOKEN=" + token,
		"OFFICERMOBILE_PUSH_WAIT_URGENT=0s", "OFFICERMOBILE_PUSH_WAIT_MESSAGE=0s",
		"OFFICERMOBILE_PUSH_FCM_SERVICE_ACCOUNT=" + string(c.FCM.ServiceAccount), "OFFICERMOBILE_PUSH_FCM_TEST_ENDPOINT=" + c.FCM.URL,
		"OFFICERMOBILE_PUSH_FCM_TEST_CA_FILE=" + authority,
		"OFFICERMOBILE_PUSH_APNS_KEY=" + string(c.APNs.Key), "OFFICERMOBILE_PUSH_APNS_KEY_ID=" + c.APNs.KeyID, "OFFICERMOBILE_PUSH_APNS_TEAM_ID=" + c.APNs.TeamID,
		"OFFICERMOBILE_PUSH_APNS_TOPIC=" + c.APNs.Topic, "OFFICERMOBILE_PUSH_APNS_ENVIRONMENT=" + string(c.APNs.Environment),
		"OFFICERMOBILE_PUSH_APNS_TEST_HOST=" + strings.TrimPrefix(c.APNs.URL, "https://"), "OFFICERMOBILE_PUSH_APNS_TEST_CA_FILE=" + authority,
		"OFFICERMOBILE_PUSH_WEB_KEY=" + string(c.Web.Key), "OFFICERMOBILE_PUSH_WEB_SUBJECT=" + c.Web.Subject,
		"OFFICERMOBILE_PUSH_WEB_TEST_ENDPOINT=" + c.Web.URL, "OFFICERMOBILE_PUSH_WEB_TEST_CA_FILE=" + authority}
	return start(t, child.Spec{
		Args: []string{"serve", "--store", a.folder, "--listen", listen}, Ready: "http://" + listen + "/readyz", Log: to,
		Env: append(env, settings...),
	})
}
