package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/clock"
	"officermobile/models"
)

// spend asks until the answer is 429, which says when to come again, and answers how often it was let through.
func (w *world) spend(t *testing.T, ask func() *httptest.ResponseRecorder) int {
	t.Helper()
	for i := range 200 {
		rec := ask()
		if rec.Code == http.StatusTooManyRequests {
			if rec.Header().Get("Retry-After") == "" {
				t.Errorf("429 without Retry-After")
			}
			return i
		}
		if rec.Code >= 500 {
			t.Fatalf("got %d with %s", rec.Code, rec.Body)
		}
	}
	t.Fatalf("200 requests at once went through")
	return 0
}

// TestT26_RatesAreOfUserAndDevice: who spends their rate on one device has it on another until that of the user is
// spent too, and takes it from nobody else.
func TestT26_RatesAreOfUserAndDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.DevicePerSecond, o.UserPerSecond, o.AddressPerSecond = 1, 2, 1 })
	c := w.credentials(0, "officer")
	c.Device = models.DeviceID(newID[int]())
	second, err := w.auth.SignIn(t.Context(), c)
	check(t, err)
	on := func(s auth.Session) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			return w.call(0, "", "GET", "/v1/me", "", header("Authorization", "Bearer "+s.Access))
		}
	}
	for range 4 { // the burst of one device, of the eight that the user has
		wantStatus(t, on(w.tokens[0]["officer"])(), http.StatusOK)
	}
	wantStatus(t, on(w.tokens[0]["officer"])(), http.StatusTooManyRequests)
	if n := w.spend(t, on(second)); n < 3 || n > 5 {
		t.Errorf("the second device got %d requests through, want what is left of the user's", n)
	}
	for i, name := range []string{"dispatcher", "reviewer", "far-officer"} {
		if rec := w.call(0, name, "GET", "/v1/me", ""); rec.Code != http.StatusOK {
			t.Errorf("%d: %s got %d", i, name, rec.Code)
		}
	}
	wantStatus(t, w.call(1, "officer", "GET", "/v1/me", ""), http.StatusOK)
}

// TestT26_AddressesCantBeMadeUp: a header that anybody can write resets no rate (B1 5), and one that a trusted proxy
// wrote tells its clients apart.
func TestT26_AddressesCantBeMadeUp(t *testing.T) {
	t.Parallel()
	lies := []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Cf-Connecting-Ip", "True-Client-Ip", "X-Client-Ip", "X-Appengine-Remote-Addr"}
	w := newWorld(t, func(o *api.Options) { o.AddressPerSecond = 1 })
	i := 0
	guess := func() *httptest.ResponseRecorder {
		i++
		value := fmt.Sprintf("198.51.100.%d", i)
		return w.call(0, "", "GET", "/v1/me", "", header("Authorization", "Bearer x"), func(r *http.Request) {
			for _, name := range lies {
				r.Header.Set(name, value)
			}
		})
	}
	if n := w.spend(t, guess); n > 5 {
		t.Errorf("%d guesses went through by making up addresses, want the burst of 4", n)
	}
	behind := newWorld(t, func(o *api.Options) { o.AddressPerSecond, o.TrustedProxies = 1, []string{"192.0.2.0/24"} })
	for i := range 50 { // httptest's requests come from 192.0.2.1
		rec := behind.call(0, "", "GET", "/v1/me", "", header("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i)))
		wantStatus(t, rec, http.StatusUnauthorized)
	}
	spoof := func() *httptest.ResponseRecorder { // the client wrote the first, the proxy the last
		i++
		return behind.call(0, "", "GET", "/v1/me", "", header("X-Forwarded-For", fmt.Sprintf("203.0.113.%d, 198.51.100.200", i)))
	}
	if n := behind.spend(t, spoof); n > 5 {
		t.Errorf("%d guesses went through behind a proxy, want the burst of 4", n)
	}
}

// TestT26_UrgentIsNeverStarved: when all that is routine is spent, by REST or by sync, a message for help goes through
// on both ways; what is routine in the same lane's disguise does not.
func TestT26_UrgentIsNeverStarved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.DevicePerSecond, o.UserPerSecond, o.UrgentPerSecond = 1, 1, 2 })
	routine := func(n int) string {
		return fmt.Sprintf(`{"schema":1,"lanes":{"1":{"first":%d,"commands":[{"id":"%s","type":"message.post","body":{"conversation_id":"%s","id":"%s","text":"routine"}}]}}}`,
			n, newID[int](), conversation, newID[int]())
	}
	w.spend(t, func() *httptest.ResponseRecorder { return w.call(0, "officer", "POST", "/v1/sync", `{"schema":1}`) })
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", routine(1)), http.StatusTooManyRequests)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/conversations/"+conversation.String()+"/messages", `{"text":"routine"}`), http.StatusTooManyRequests)

	help := newID[int]().String()
	urgent := `{"schema":1,"lanes":{"0":{"first":1,"commands":[{"id":"` + newID[int]().String() + `","type":"message.post","body":{"conversation_id":"` + conversation.String() + `","id":"` + help + `","text":"help","urgent":true}}]}}}`
	rec := w.call(0, "officer", "POST", "/v1/sync", urgent)
	wantStatus(t, rec, http.StatusOK)
	if !strings.Contains(rec.Body.String(), `"applied"`) {
		t.Errorf("got %s, want the urgent command carried out", rec.Body)
	}
	wantStatus(t, w.call(0, "officer", "POST", "/v1/conversations/"+conversation.String()+"/messages", `{"text":"help","urgent":true}`), http.StatusCreated)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/tasks/"+task.String()+"/start", ""), http.StatusOK)

	disguised := strings.Replace(strings.Replace(routine(1), `"1":{`, `"0":{`, 1), `"first":1`, `"first":2`, 1)
	rec = w.call(0, "officer", "POST", "/v1/sync", disguised)
	if rec.Code == http.StatusOK && !strings.Contains(rec.Body.String(), "wrong_lane") {
		t.Errorf("got %s, want what is routine refused in the urgent lane", rec.Body)
	}
}

// TestT27_AFloodOfSignInsIsBounded: more than can be hashed are told to come again; memory stays bounded by the queue.
func TestT27_AFloodOfSignInsIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flood, err := auth.New(t.Context(), w.db, w, clock.Clock{}, auth.Options{Cost: auth.Cost{Passes: 3, MemoryKiB: 8 << 10}, Hashes: 1, Waiting: 1, StaleAfter: -1})
	check(t, err)
	a, err := api.New(api.Deps{Auth: flood, Reader: w.service, Writer: w.service, Push: w.push, Health: w.health}, api.Options{AddressPerSecond: -1})
	check(t, err)
	w.api = a
	const many = 40
	answers := make(chan *httptest.ResponseRecorder, many)
	for range many {
		go func() {
			answers <- w.call(0, "", "POST", "/v1/sign-in", w.signInBody(newID[int]().String(), `,"device_key":"`+w.key+`"`))
		}()
	}
	busy := 0
	for range many {
		rec := <-answers
		switch rec.Code {
		case http.StatusOK:
		case http.StatusServiceUnavailable:
			busy++
			if rec.Header().Get("Retry-After") == "" {
				t.Errorf("503 without Retry-After")
			}
		default:
			t.Errorf("got %d with %s", rec.Code, rec.Body)
		}
	}
	if busy == 0 {
		t.Errorf("%d sign-ins at once went through a queue of 2", many)
	}
}
