package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// hostile are texts that mean something to a database, a shell, a path, a page or a log.
var hostile = []string{
	`' OR '1'='1`, `'; DROP TABLE batch; --`, `") OR 1=1 --`, `admin'--`, `%`, `_`, `%%%`, `*`, `.*`, `^(a+)+$`, `\`,
	`{"$ne":null}`, `{"$gt":""}`, `$where`, `{"$where":"sleep(1000)"}`, `[$ne]=1`, `a.b.$c`, `__proto__`, `constructor`,
	`../../etc/passwd`, `..%2f..%2f`, `....//`, `/etc/passwd`, `C:\windows`, `file:///etc/passwd`,
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{{7*7}}`, `${7*7}`, `$(id)`, "`id`", `| id`,
	`=cmd|' /C calc'!A0`, `@SUM(1)`, "\r\nSet-Cookie: a=b", "\nlevel=ERROR msg=forged", "\x1b[2J", "a\u2028b", "\u202egnp.exe", "\u0000", "\ufeff",
}

// noWord matches what can't be a request id.
var noWord = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// TestT33_TextsAreTexts: what means something to a database, a page or a path is stored and answered as it was written,
// and selects nothing.
func TestT33_TextsAreTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	messages := "/v1/conversations/" + conversation.String() + "/messages"
	stored := map[string]bool{}
	for _, text := range hostile {
		body, err := json.Marshal(map[string]string{"text": text})
		check(t, err)
		rec := w.call(0, "officer", "POST", messages, string(body))
		if rec.Code != http.StatusCreated && rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q as a text: got %s", text, dump(rec))
		}
		stored[text] = rec.Code == http.StatusCreated
	}
	page := decoded[struct {
		R [][]any `json:"r"`
	}](t, w.call(0, "officer", "GET", messages+"?limit=200", ""))
	found := map[string]bool{}
	for _, row := range page.R {
		if text, is := row[4].(string); is {
			found[text] = true
		}
	}
	for text, is := range stored {
		if is && !found[text] {
			t.Errorf("%q was stored and is not there as it was written", text)
		}
	}
	if !stored[`' OR '1'='1`] || !stored[`{"$ne":null}`] {
		t.Errorf("texts that people may well write were refused")
	}
}

// TestT33_NothingIsSelectedByIt: the same as ids, names, cursors, keys and parameters finds nothing, breaks nothing and
// comes back in no header.
func TestT33_NothingIsSelectedByIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.position()
	for _, text := range hostile {
		escaped := url.PathEscape(text)
		for _, name := range routesOf(w) {
			method, path, _ := strings.Cut(name, " ")
			if !strings.Contains(path, "{id}") {
				continue
			}
			rec := w.call(0, "admin", method, strings.NewReplacer("{id}", escaped, "{user}", escaped, "{key}", escaped).Replace(path), matrix[name].body)
			if rec.Code < 400 || rec.Code >= 500 {
				t.Errorf("%s with %q: got %s", name, text, dump(rec))
			}
		}
		for _, path := range []string{"/v1/dispatches", "/v1/users", "/v1/conversations", "/v1/devices", "/v1/log"} {
			for _, parameter := range []string{"after", "zone", "user", "limit", "open", "after[$ne]", "$where", text} {
				rec := w.call(0, "admin", "GET", path+"?"+url.QueryEscape(parameter)+"="+url.QueryEscape(text), "")
				if rec.Code != http.StatusUnprocessableEntity && rec.Code != http.StatusBadRequest {
					t.Errorf("%s with %s=%q: got %s", path, parameter, text, dump(rec))
				}
			}
		}
		name, err := json.Marshal(text)
		check(t, err)
		rec := w.call(0, "", "POST", "/v1/sign-in", strings.Replace(w.signInBody(absent, `,"device_key":"`+w.key+`"`), `"Officer"`, string(name), 1))
		if rec.Code != http.StatusUnauthorized && rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("sign in as %q: got %s", text, dump(rec))
		}
		for _, object := range []string{`{"$ne":null}`, `{"$gt":""}`, `["a"]`, `true`, `1`} {
			body := strings.Replace(w.signInBody(absent, `,"device_key":"`+w.key+`"`), `"`+password+`"`, object, 1)
			if rec := w.call(0, "", "POST", "/v1/sign-in", body); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("sign in with password %s: got %s", object, dump(rec))
			}
		}
	}
	if got := w.position(); got != before {
		t.Errorf("the logs went from %v to %v", before, got)
	}
}

// TestT34_NobodyWritesIntoTheLog: line ends and terminal codes in headers and bodies make no line of their own, and
// come back in no header.
func TestT34_NobodyWritesIntoTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.err = http.ErrBodyNotAllowed // so that there is something to log
	for _, text := range hostile {
		for _, name := range []string{"X-Request-Id", "Traceparent", "Tracestate", "User-Agent", "Idempotency-Key", "Last-Event-ID", "Device-Key", "Referer", "X-Forwarded-For"} {
			change := func(r *http.Request) { r.Header[name] = []string{text} }
			for _, rec := range []string{
				dump(w.call(0, "officer", "POST", "/v1/sync", `{"schema":1}`, change)),
				dump(w.call(0, "", "GET", "/v1/nothing/"+url.PathEscape(text), "", change)),
			} {
				if strings.Contains(rec, "Set-Cookie") || noWord.MatchString(text) && len(text) > 3 && strings.Contains(rec, text) {
					t.Errorf("%s %q came back: %s", name, text, rec)
				}
			}
		}
	}
	for line := range strings.Lines(w.logs.String()) {
		if !strings.HasPrefix(line, "time=") || strings.ContainsAny(line, "\x1b\r\x00") || strings.Contains(line, "msg=forged") {
			t.Errorf("the log has the line %q", line)
		}
	}
	if !strings.Contains(w.logs.String(), "level=ERROR") {
		t.Errorf("nothing was logged: the test sees nothing")
	}
}

// TestT38_HeadersOfEveryAnswer: no answer may be kept, sniffed or framed, whatever its status.
func TestT38_HeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range append(routesOf(w), "GET /nothing", "PATCH /v1/me") {
		method, path, _ := strings.Cut(name, " ")
		if path == "/v1/live" {
			continue
		}
		for _, who := range []string{"", "admin", "integration"} {
			rec := w.call(1, who, method, filled(path, absent), matrix[name].body)
			h := rec.Header()
			want := map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Request-Id": "test"}
			if path != "/v1/sync" { // which no browser opens as a page
				want["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
				want["Referrer-Policy"] = "no-referrer"
				want["Strict-Transport-Security"] = "max-age=31536000"
			}
			for header, value := range want {
				if path == "/.well-known/jwks.json" && header == "Cache-Control" {
					continue // keys are public, and may be kept
				}
				if header == "Content-Security-Policy" && strings.HasPrefix(h.Get("Content-Type"), "text/html") {
					continue // a page may have its own style: TestHandbookIsWhole
				}
				if h.Get(header) != value {
					t.Errorf("%s by %q, %d: got %s %q, want %q", name, who, rec.Code, header, h.Get(header), value)
				}
			}
			for header := range h {
				if strings.HasPrefix(header, "Access-Control") || header == "Server" || header == "X-Powered-By" {
					t.Errorf("%s: got %s: %q", name, header, h[header]) // T35
				}
			}
		}
	}
}

// TestT39_StreamsAreForTheirOwn: no token is taken from the address, a foreign page's cookie opens none, and what can't
// be read opens none.
func TestT39_StreamsAreForTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	access := w.tokens[0]["officer"].Access
	for _, name := range []string{"token", "access_token", "t", "authorization", "jwt"} {
		rec := w.call(0, "", "GET", "/v1/live?"+name+"="+access, "")
		wantStatus(t, rec, http.StatusUnauthorized)
		if strings.Contains(dump(rec), access) {
			t.Errorf("the token came back: %s", dump(rec))
		}
		wantStatus(t, w.call(0, "officer", "GET", "/v1/live?"+name+"="+access, ""), http.StatusUnprocessableEntity)
	}
	in := w.call(0, "", "POST", "/v1/sign-in", w.signInBody(newID[int]().String(), `,"cookie":true`), header("Sec-Fetch-Site", "same-origin"))
	wantStatus(t, in, http.StatusOK)
	cookie := in.Result().Cookies()[0]
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		rec := w.call(0, "", "GET", "/v1/live", "", header(name, value), func(r *http.Request) { r.AddCookie(cookie) })
		if rec.Code != http.StatusForbidden {
			t.Errorf("%s %s: got %s, want 403", name, value, dump(rec))
		}
	}
	if strings.Contains(w.logs.String(), access[len(access)-20:]) {
		t.Errorf("the log has the token")
	}
}
