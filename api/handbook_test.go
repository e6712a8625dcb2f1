package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

var (
	linkForm  = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	styleForm = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
)

// TestHandbookIsWhole: every operation and problem has a page, every link leads somewhere on this server, and a page
// asks for nothing but what its policy allows.
func TestHandbookIsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen, todo := map[string]bool{}, []string{"/docs"}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		rec := w.call(0, "", "GET", path, "")
		wantStatus(t, rec, 200)
		if strings.HasPrefix(path, "/v1/") {
			continue
		}
		page := rec.Body.String()
		if got := rec.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%s: got content type %q", path, got)
		}
		if bad := regexp.MustCompile(`(?i)<script|https?://|\son[a-z]+=|ZgotmplZ|%!`).FindString(page); bad != "" {
			t.Errorf("%s has %q", path, bad)
		}
		style := sha256.Sum256([]byte(styleForm.FindStringSubmatch(page)[1]))
		if policy := rec.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, base64.StdEncoding.EncodeToString(style[:])) {
			t.Errorf("%s: the policy %q does not allow the page's style", path, policy)
		}
		for _, link := range linkForm.FindAllStringSubmatch(page, -1) {
			target, _, _ := strings.Cut(link[1], "#")
			if target != "" {
				todo = append(todo, target)
			}
		}
	}
	for _, item := range w.api.Document().Paths {
		for _, op := range operations(item) {
			if !seen["/docs/"+op.OperationID] {
				t.Errorf("the handbook leads nowhere to %s", op.OperationID)
			}
		}
	}
}

// TestHandbookSaysWhatTheRowSays looks at one page closely.
func TestHandbookSaysWhatTheRowSays(t *testing.T) {
	t.Parallel()
	page := newWorld(t).call(0, "", "GET", "/docs/create-dispatch", "").Body.String()
	for _, want := range []string{
		`<span class="method POST">POST</span> <code>/v1/dispatches</code>`, "<span>integration</span>", "work_zone", "high | medium | low",
		"Idempotency-Key: $(uuidgen)", "Bicycle taken", `href="/problems/forbidden"`, "201 Created",
	} {
		if !strings.Contains(page, want) && !strings.Contains(page, strings.ReplaceAll(want, `"`, "&#34;")) {
			t.Errorf("the page of create-dispatch lacks %q", want)
		}
	}
}
