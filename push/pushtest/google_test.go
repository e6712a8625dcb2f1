package pushtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// grant asks the token service with an assertion that change may spoil.
func grant(t *testing.T, s *pushtest.Services, change func(*jwt.Token)) (status int, access, refusal string) {
	t.Helper()
	c := s.Config().FCM
	var sa struct {
		Key   string `json:"private_key"`
		Email string `json:"client_email"`
		URI   string `json:"token_uri"`
	}
	if err := json.Unmarshal(c.ServiceAccount, &sa); err != nil {
		t.Fatal(err)
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(sa.Key))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	tok := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": sa.Email, "aud": sa.URI, "scope": "https://www.googleapis.com/auth/firebase.messaging",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	change(tok)
	assertion, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, sa.URI, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, _ := do(t, h2(t, s), req)
	var answer struct {
		Access string `json:"access_token"`
		Error  string `json:"error"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	return status, answer.Access, answer.Error
}

func TestGrant(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	for _, c := range []struct {
		name    string
		change  func(*jwt.Token)
		refusal string
	}{
		{"F1 sound", unchanged, ""},
		{"F1 another audience", claim("aud", "https://oauth2.googleapis.com/token"), "invalid_grant"},
		{"F1 another account", claim("iss", "x@example.org"), "invalid_grant"},
		{"F1 over", claim("exp", time.Now().Add(-time.Hour).Unix()), "invalid_grant"},
		{"F1 a day long", claim("exp", time.Now().Add(24*time.Hour).Unix()), "invalid_grant"},
		{"F1 not signed so", func(tok *jwt.Token) { tok.Method, tok.Header["alg"] = jwt.SigningMethodRS384, "RS384" }, "invalid_grant"},
		{"F1 more than it needs", claim("scope", "https://www.googleapis.com/auth/cloud-platform"), "invalid_scope"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, access, refusal := grant(t, s, c.change)
			if refusal != c.refusal || (status == 200) != (c.refusal == "") || (access != "") != (c.refusal == "") {
				t.Errorf("got %d %q", status, refusal)
			}
		})
	}
}

func TestGoogleRules(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	_, access, _ := grant(t, s, unchanged)
	token, fid := s.NewDevice(push.FCMToken).Token, s.NewDevice(push.FCMFID).Token
	client := h2(t, s)
	send := func(path, bearer, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Config().FCM.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", bearer)
		status, answer, _ := do(t, client, req)
		return status, answer
	}
	const path = "/v1/projects/officer-test/messages:send"
	to := `"token":"` + token + `"`
	for _, c := range []struct {
		name, path, bearer, body string
		status                   int
		must, mustNot            string
	}{
		{"F2 token", path, access, `{"message":{` + to + `,"data":{"n":"1","x":"m"}}}`, 200, `"name":"projects/officer-test/messages/`, "error"},
		{"F2 fid", path, access, `{"message":{"fid":"` + fid + `","android":{"priority":"high","ttl":"3.5s"}}}`, 200, `"name"`, "error"},
		{"F2 a topic", path, access, `{"message":{"topic":"news","data":{"n":"1"}}}`, 200, `"name"`, "error"},
		{"F2 too big for a topic", path, access, `{"message":{"topic":"news","data":{"n":"` + strings.Repeat("x", 2048) + `"}}}`, 400, "too big", "FcmError"},
		{"F2 to look only", path, access, `{"validate_only":true,"message":{` + to + `}}`, 200, `"name"`, "error"},
		{"F2 a ttl of nothing", path, access, `{"message":{` + to + `,"android":{"ttl":"0s"}}}`, 200, `"name"`, "error"},
		{"F2 the longest ttl", path, access, `{"message":{` + to + `,"android":{"ttl":"2419200s"}}}`, 200, `"name"`, "error"},
		{"F2 4096 bytes", path, access, `{"message":{` + to + `,"data":{"e":"` + strings.Repeat("x", 4095) + `"}}}`, 200, `"name"`, "error"},
		{"F2 a topic and a token", path, access, `{"message":{` + to + `,"topic":"news"}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 no target", path, access, `{"message":{"data":{}}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 two targets", path, access, `{"message":{` + to + `,"fid":"` + fid + `"}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 a number in data", path, access, `{"message":{` + to + `,"data":{"b":1}}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 reserved key", path, access, `{"message":{` + to + `,"data":{"google.x":"1"}}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 from", path, access, `{"message":{` + to + `,"data":{"from":"1"}}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 unknown member", path, access, `{"message":{` + to + `,"extra":1}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 ttl form", path, access, `{"message":{` + to + `,"android":{"ttl":"60"}}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 ttl range", path, access, `{"message":{` + to + `,"android":{"ttl":"2419201s"}}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 priority", path, access, `{"message":{` + to + `,"android":{"priority":"urgent"}}}`, 400, "INVALID_ARGUMENT", "FcmError"},
		{"F2 too big", path, access, `{"message":{` + to + `,"data":{"e":"` + strings.Repeat("x", 4096) + `"}}}`, 400, "too big", "FcmError"},
		{"F2 not a token", path, access, `{"message":{"token":"x"}}`, 400, "message.token", "NOT_FOUND"},
		{"F2 no bearer", path, "", `{"message":{` + to + `}}`, 401, "UNAUTHENTICATED", "FcmError"},
		{"F2 another project", "/v1/projects/other/messages:send", access, `{"message":{` + to + `}}`, 404, "NOT_FOUND", "FcmError"},
		{"F2 another path", "/projects/officer-test/messages:send", access, `{}`, 404, "<!DOCTYPE html>", "NOT_FOUND"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, body := send(c.path, "Bearer "+c.bearer, c.body)
			if status != c.status || !strings.Contains(body, c.must) || strings.Contains(body, c.mustNot) {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
}
