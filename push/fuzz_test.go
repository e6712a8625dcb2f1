package push_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"officermobile/models"
	"officermobile/push"
)

// FuzzAddress: what passes can be put into a request to its provider without a second look; a refusal repeats nothing.
func FuzzAddress(f *testing.F) {
	f.Add("apns", strings.Repeat("0f", 32), "production", "", "")
	f.Add("fcm_token", "abc:DEF-_1", "", "", "")
	f.Add("webpush", "https://push.example.org/v2/x", "", strings.Repeat("B", 87), strings.Repeat("A", 22))
	f.Add("webpush", "https://push.example.org@10.0.0.1/x", "", strings.Repeat("B", 87), "")
	f.Fuzz(func(t *testing.T, kind, token, environment, point, auth string) {
		a := push.Address{Kind: push.AddressKind(kind), Token: token, Environment: push.Environment(environment), Keys: push.WebKeys{P256DH: point, Auth: auth}}
		if err := a.Check(); err != nil {
			var refusal *models.Error
			if !errors.As(err, &refusal) || len(token) > 12 && strings.Contains(err.Error(), token) {
				t.Fatalf("got %v, want a refusal without the token", err)
			}
			return
		}
		if token == "" || len(token) > 2048 || strings.ContainsFunc(token, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' }) {
			t.Fatalf("%s %q passed", kind, token)
		}
		if a.Kind != push.WebPush {
			if strings.ContainsAny(token, "/?#%&") {
				t.Fatalf("%s %q passed", kind, token)
			}
			return
		}
		if u, err := url.Parse(token); err == nil && (u.Scheme != "https" || u.User != nil || u.Host == "") {
			t.Fatalf("the endpoint %q passed", token)
		}
	})
}

// FuzzAnswers: whatever a provider or a proxy says, there is one thing to do, its word is short and plain, and only the
// statuses of a device that is gone make us forget it.
func FuzzAnswers(f *testing.F) {
	f.Add(410, "Unregistered")
	f.Add(400, "BadDeviceToken")
	f.Add(404, "<html>")
	f.Add(201, "")
	f.Add(-1, "a\nb")
	f.Fuzz(func(t *testing.T, status int, text string) {
		apple := push.ClassifyAPNs(status, text)
		if apple == 0 || apple == push.TokenDead && status != 400 && status != 410 || (apple == push.Accepted) != (status == 200) {
			t.Errorf("APNs %d %q: got %v", status, text, apple)
		}
		web, word := push.ClassifyWeb(status, text)
		if web == 0 || web == push.TokenDead && status != 404 && status != 410 || (web == push.Accepted) != (status >= 200 && status < 300) {
			t.Errorf("Web Push %d %q: got %v", status, text, web)
		}
		for _, reason := range []string{word, push.CleanReason(text)} {
			if len(reason) > 64 || strings.ContainsAny(reason, "<>\r\n\" ") {
				t.Errorf("%d %q: got the reason %q", status, text, reason)
			}
		}
	})
}
