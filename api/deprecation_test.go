package api_test

import "testing"

// TestDeprecationIsAnnounced by the headers of RFC 9745 and 8594, whose forms differ, and in the document.
func TestDeprecationIsAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/messages/" + message.String()
	h := w.call(0, "officer", "GET", path+"/verdicts", "").Header()
	for name, want := range map[string]string{
		"Deprecation": "@1796083200", "Sunset": "Tue, 01 Jun 2027 00:00:00 GMT",
		"Link": `<receipts>; rel="successor-version", </docs/list-verdicts>; rel="deprecation"; type="text/html"`,
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if h := w.call(0, "officer", "GET", path+"/receipts", "").Header(); h.Get("Deprecation") != "" || h.Get("Sunset") != "" {
		t.Errorf("got the headers on what goes on: %v", h)
	}
	paths := w.api.Document().Paths
	if !paths["/v1/messages/{id}/verdicts"].Get.Deprecated || paths["/v1/messages/{id}/receipts"].Get.Deprecated {
		t.Errorf("the document does not say which of the two is deprecated")
	}
}
