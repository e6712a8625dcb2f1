package api_test

import (
	"net/http"
	"testing"

	"officermobile/api"
)

// TestDeadLetters: an administrator pages through what no provider will take, and only they.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/v1/push/dead-letters"
	page := decoded[api.DeadLetters](t, w.call(0, "admin", "GET", path+"?limit=1", ""))
	if len(page.Letters) != 1 || page.Next == "" || page.Letters[0].Answer != "BadMessageId" {
		t.Fatalf("got %+v", page)
	}
	rest := decoded[api.DeadLetters](t, w.call(0, "admin", "GET", path+"?after="+page.Next, ""))
	if len(rest.Letters) == 0 || rest.Next != "" {
		t.Errorf("got %+v", rest)
	}
	for _, after := range []string{"x", "../../x", "0000000000000000/" + rung + "/x"} {
		wantStatus(t, w.call(0, "admin", "GET", path+"?after="+after, ""), http.StatusUnprocessableEntity)
	}
	wantStatus(t, w.call(0, "dispatcher", "GET", path, ""), http.StatusForbidden)
}
