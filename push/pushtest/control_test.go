package pushtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/push"
	"officermobile/push/pushtest"
)

func TestControl(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{Open: true})
	base := s.Config().Control
	call := func(method, path, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		status, answer, _ := do(t, http.DefaultClient, req)
		return status, answer
	}
	token := strings.Repeat("ab", 32) // nobody registered it
	post(t, h2(t, s), s, token, func(*http.Request) {})
	if status, _ := call("POST", "/outage", `{"provider":"apns","seconds":3600,"status":500}`); status != 204 {
		t.Errorf("outage: %d", status)
	}
	if status, _, _ := post(t, h2(t, s), s, token, func(*http.Request) {}); status != 500 {
		t.Errorf("during the outage: %d", status)
	}
	call("POST", "/outage", `{"provider":"apns","seconds":0}`)
	if status, _, _ := post(t, h2(t, s), s, token, func(*http.Request) {}); status != 200 {
		t.Errorf("after the outage: %d", status)
	}
	for after, want := range map[string]int{"": 3, "?after=0": 3, "?after=2": 1, "?after=3": 0, "?after=9": 0} {
		_, body := call("GET", "/journal"+after, "")
		var page pushtest.Page
		if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Entries) != want {
			t.Errorf("journal%s: %d entries, want %d (%v)", after, len(page.Entries), want, err)
		}
		if strings.Contains(strings.ToLower(body), "bearer") {
			t.Error("the journal keeps credentials")
		}
	}
	var in pushtest.Inbox
	_, body := call("GET", "/inbox/"+token, "")
	if err := json.Unmarshal([]byte(body), &in); err != nil || len(in.Shown) != 2 {
		t.Errorf("inbox: %s (%v)", body, err)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/inbox/nobody", "", 404},
		{"GET", "/journal?after=x", "", 400},
		{"GET", "/journal?after=-1", "", 400},
		{"POST", "/outage", `{"provider":"pigeon","seconds":1}`, 400},
		{"POST", "/outage", `{"seconds":-1}`, 400},
		{"POST", "/outage", `{"hours":1}`, 400},
		{"POST", "/outage", `x`, 400},
		{"POST", "/outage", `{"cut":true,"hole":true}`, 400},
		{"POST", "/faults", `{"cut":"sideways"}`, 400},
		{"POST", "/faults", `{"status":99}`, 400},
		{"POST", "/faults", `{"delay":-1}`, 400},
		{"POST", "/faults", `{"chance":2}`, 400},
		{"POST", "/advance", `{"seconds":-1}`, 400},
		{"POST", "/device", `{"kind":"pigeon","token":"x"}`, 400},
		{"POST", "/device", `{"kind":"apns"}`, 400},
		{"POST", "/device", `{"kind":"apns","token":"x","reach":"far"}`, 400},
		{"GET", "/connections/pigeon", "", 404},
		{"GET", "/watch?after=x", "", 400},
		{"GET", "/watch?wait=-1", "", 400},
		{"GET", "/outage", "", 405},
	} {
		if status, body := call(c.method, c.path, c.body); status != c.status {
			t.Errorf("%s %s %s: got %d %s, want %d", c.method, c.path, c.body, status, body, c.status)
		}
	}
}

// ask is a request to the control API; headers are name, value, name, value, and Host counts as one.
func ask(t *testing.T, s *pushtest.Services, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.Config().Control+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	status, answer, _ := do(t, http.DefaultClient, req)
	return status, answer
}

// What a process beside this one can do, each with its effect.
func TestControlWrites(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T, *station, push.Address){
		"a fault": func(t *testing.T, st *station, a push.Address) {
			ask(t, st.Services, "POST", "/faults", `{"provider":"apns","status":429,"reason":"TooManyRequests","times":2}`)
			for _, want := range []int{429, 429, 200} {
				if got, _ := st.iphone(a, alertOf("1")); got != want {
					t.Errorf("got %d, want %d", got, want)
				}
			}
		},
		"no faults any more": func(t *testing.T, st *station, a push.Address) {
			ask(t, st.Services, "POST", "/faults", `{"status":500,"times":-1}`)
			ask(t, st.Services, "POST", "/outage", `{"seconds":60}`)
			ask(t, st.Services, "DELETE", "/faults", "")
			if got, _ := st.iphone(a, alertOf("1")); got != 200 {
				t.Errorf("got %d", got)
			}
		},
		"an outage that begins later": func(t *testing.T, st *station, a push.Address) {
			ask(t, st.Services, "POST", "/outage", `{"in":60,"seconds":60}`)
			for _, want := range []int{200, 503, 200} {
				if got, _ := st.iphone(a, alertOf("1")); got != want {
					t.Errorf("got %d, want %d", got, want)
				}
				ask(t, st.Services, "POST", "/advance", `{"seconds":70}`)
			}
		},
		"a device out of reach": func(t *testing.T, st *station, a push.Address) {
			device := func(reach string) string {
				return fmt.Sprintf(`{"kind":"apns","token":"%s","name":"Olga","reach":"%s"}`, a.Token, reach)
			}
			ask(t, st.Services, "POST", "/device", device("offline"))
			st.iphone(a, alertOf("1"))
			st.want(a, "", 0)
			ask(t, st.Services, "POST", "/device", device(""))
			st.want(a, "1", 0)
			if _, body := ask(t, st.Services, "GET", "/watch", ""); !strings.Contains(body, `"name":"Olga"`) {
				t.Errorf("watch: %s", body)
			}
		},
		"connections": func(t *testing.T, st *station, a push.Address) {
			st.iphone(a, alertOf("1"))
			_, body := ask(t, st.Services, "GET", "/connections/apns", "")
			var all []pushtest.Connection
			if err := json.Unmarshal([]byte(body), &all); err != nil || len(all) != 1 || all[0].Requests != 1 || all[0].Early != 1 {
				t.Errorf("%v: %s", err, body)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStation(t, pushtest.Options{})
			test(t, st, st.NewDevice(push.APNs))
		})
	}
}

// Pages in a browser on the same machine can't use the control API.
func TestControlIsForThisMachine(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	for name, headers := range map[string][]string{
		"another name for the loopback": {"Host", "attacker.example:80"},
		"another site's page":           {"Origin", "https://attacker.example", "Sec-Fetch-Site", "cross-site"},
	} {
		if status, body := ask(t, s, "POST", "/outage", `{"seconds":60}`, headers...); status != 403 {
			t.Errorf("%s: got %d %s", name, status, body)
		}
	}
	if status, _ := ask(t, s, "POST", "/outage", `{"seconds":0}`, "Host", "localhost:1"); status != 204 {
		t.Errorf("localhost: got %d", status)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	st := newStation(t, pushtest.Options{})
	a := st.NewDevice(push.APNs)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	views := make(chan pushtest.View)
	ended := make(chan error, 1)
	go func() {
		ended <- pushtest.Follow(ctx, st.Config().Control, func(v pushtest.View) error { views <- v; return nil })
	}()
	if v := <-views; v.Next != 0 || len(v.Phones) != 1 {
		t.Errorf("at first: %+v", v)
	}
	for i := range 2 {
		st.iphone(a, alertOf(fmt.Sprint(i)))
		if v := <-views; v.Next != i+1 || len(v.Arrivals) != 1 || v.Arrivals[0].Shown.Notification != fmt.Sprint(i) {
			t.Errorf("arrival %d: %+v", i, v)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	st.Close()
	err := pushtest.Follow(t.Context(), st.Config().Control, func(pushtest.View) error { return nil })
	if !errors.Is(err, pushtest.ErrNoServices) {
		t.Errorf("without services: %v", err)
	}
}

// A hung request does not keep the services from closing.
func TestCloseWithARequestInHand(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{Open: true})
	s.Script(pushtest.Fault{Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Config().APNs.URL+"/3/device/"+strings.Repeat("ab", 32), strings.NewReader(alert))
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	client := h2(t, s)
	go func() {
		_, err := client.Do(req)
		failed <- err
	}()
	for s.Peak(pushtest.Apple) == 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("it never arrived")
		}
	}
	s.Close()
	if err := <-failed; err == nil {
		t.Error("a request outlived the services")
	}
}
