package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

// applied answers every command of a request as applied.
func applied(req wire.SyncRequest) map[string]wire.LaneAnswer {
	return outcomes(req, func(num uint64) models.Result { return models.Result{Num: num, Outcome: models.Applied} })
}

func outcomes(req wire.SyncRequest, of func(num uint64) models.Result) map[string]wire.LaneAnswer {
	lanes := map[string]wire.LaneAnswer{}
	for name, q := range req.Lanes {
		var a wire.LaneAnswer
		for i := range q.Commands {
			a.Results = append(a.Results, of(q.First+uint64(i)))
		}
		a.Next = q.First + uint64(len(q.Commands))
		lanes[name] = a
	}
	return lanes
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	var body map[string]any
	s := &server{}
	s.signIn = func(b []byte) (int, string) {
		if err := json.Unmarshal(b, &body); err != nil {
			t.Error(err)
		}
		return 401, `{"code":"sign_in","title":"Wrong name or password."}`
	}
	d := device(t, s, client.NewMemory())
	err := d.SignIn(t.Context(), agency, "amy", "wrong")
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != 401 || p.Code != "sign_in" {
		t.Errorf("err = %v", err)
	}
	if body["device_id"] != d.ID().String() || len(body["device_key"].(string)) != 43 || body["register"].(map[string]any)["platform"] != "ios" {
		t.Errorf("body = %v", body)
	}
	if _, err := d.Enqueue(t.Context(), post(d, "x"), 0); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("a command of nobody: %v", err)
	}
	if _, err := d.SyncOnce(t.Context()); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("a sync of nobody: %v", err)
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	s := &server{}
	refused := 0
	s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
		if req.Renew == "" && refused == 0 {
			refused++
			return 401, syncAnswer{}
		}
		_, a := s.empty(req)
		if req.Renew != "" {
			a.Session = &wire.Session{Access: "a1", Refresh: "r1", ExpiresInS: 600}
		}
		return 200, a
	}
	store := client.NewMemory()
	d := signedIn(t, s, store)
	if _, err := d.SyncOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := d.Meta(); m.Session.Access != "a1" || m.Session.Refresh != "r1" {
		t.Errorf("session = %+v", m.Session)
	}
	all := s.seen("/v1/sync")
	if len(all) != 2 || all[1].sync.Renew != "r0" || all[1].header.Get("Device-Key") != d.Meta().DeviceKey || all[0].header.Get("Device-Key") != "" {
		t.Errorf("requests = %+v", all)
	}
	d = device(t, s, store)
	if _, err := d.SyncOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	all = s.seen("/v1/sync")
	if last := all[len(all)-1]; last.header.Get("Authorization") != "Bearer a1" || last.sync.Presence.Report <= all[1].sync.Presence.Report {
		t.Errorf("after a restart: %+v", last)
	}
	s.sync = func(wire.SyncRequest) (int, syncAnswer) { return 401, syncAnswer{} }
	if _, err := d.SyncOnce(t.Context()); !errors.Is(err, client.ErrSignedOut) || d.SignedIn() {
		t.Errorf("a session that is over: %v", err)
	}
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	s := &server{}
	store := client.NewMemory()
	d := signedIn(t, s, store)
	routine := must(d.Enqueue(t.Context(), post(d, "routine"), 0))(t)
	urgent := post(d, "urgent")
	urgent.Urgent = true
	must(d.Enqueue(t.Context(), urgent, 4))(t)
	if got := texts(t, d); got != "urgent? routine?" {
		t.Errorf("offline: %q", got)
	}
	d = device(t, s, store) // killed, and started again
	var n uint32
	s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
		a := syncAnswer{Lanes: applied(req), Page: &page{T: s.token("t"), Done: map[string]uint64{"0": 1}}}
		var run []wire.Message
		for _, c := range req.Lanes["0"].Commands {
			var m models.MessagePost
			if err := json.Unmarshal(c.Body, &m); err != nil {
				t.Error(err)
			}
			n++
			run = append(run, wire.Message{N: n, ID: m.ID, Author: amy, Text: m.Text})
			if c.Base != 4 || c.AgeMS != 0 || c.DeviceAt.IsZero() {
				t.Errorf("command = %+v", c)
			}
		}
		if run != nil {
			a.Page.Items = []client.Item{messages(run...)}
		}
		return 200, a
	}
	if changed, err := d.SyncOnce(t.Context()); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if got := texts(t, d); got != "urgent routine?" {
		t.Errorf("lane 1 is decided but not done: %q", got)
	}
	if r, ok := d.Result(routine); !ok || r.Outcome != models.Applied {
		t.Errorf("result = %v, %v", r, ok)
	}
	s.sync = func(wire.SyncRequest) (int, syncAnswer) {
		return 200, syncAnswer{Page: &page{T: s.token("t"), Done: map[string]uint64{"0": 1, "1": 1}}}
	}
	must(d.SyncOnce(t.Context()))(t)
	if left := d.Pending(); len(left) != 0 {
		t.Errorf("left in the outbox: %v", left)
	}
	if last := s.seen("/v1/sync"); len(last[len(last)-1].sync.Lanes) != 0 {
		t.Error("a decided command was sent again")
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	s := &server{}
	store := client.NewMemory()
	d := signedIn(t, s, store)
	command := must(d.Enqueue(t.Context(), post(d, "no"), 0))(t)
	must(d.Enqueue(t.Context(), post(d, "yes"), 0))(t)
	s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
		return 200, syncAnswer{Page: &page{T: s.token("t")}, Lanes: outcomes(req, func(num uint64) models.Result {
			if num == 1 {
				return models.Result{Num: 1, Outcome: models.Rejected, Code: "closed"}
			}
			return models.Result{Num: num, Outcome: models.Applied}
		})}
	}
	must(d.SyncOnce(t.Context()))(t)
	if got := texts(t, d); got != "yes?" {
		t.Errorf("shown: %q", got)
	}
	d = device(t, s, store)
	refused := must(d.Refused(t.Context()))(t)
	if len(refused) != 1 || refused[0].ID != command || refused[0].Code != "closed" {
		t.Fatalf("refused = %v", refused)
	}
	if err := d.Dismiss(t.Context(), command); err != nil {
		t.Fatal(err)
	}
	if refused := must(d.Refused(t.Context()))(t); len(refused) != 0 {
		t.Errorf("dismissed, yet there: %v", refused)
	}
}

// TestFork: another phone has used this one's numbers, or the server has forgotten an outcome that was never seen here.
func TestFork(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(wire.SyncRequest) map[string]wire.LaneAnswer{
		"fork": func(req wire.SyncRequest) map[string]wire.LaneAnswer {
			return map[string]wire.LaneAnswer{"1": {Next: req.Lanes["1"].First, Code: "fork"}}
		},
		"result": func(req wire.SyncRequest) map[string]wire.LaneAnswer {
			return outcomes(req, func(num uint64) models.Result { return models.Result{Num: num, Outcome: models.Fork} })
		},
		"forgotten": func(req wire.SyncRequest) map[string]wire.LaneAnswer {
			return outcomes(req, func(num uint64) models.Result { return models.Result{Num: num, Outcome: models.Forgotten} })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{}
			s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
				return 200, syncAnswer{Lanes: applied(req), Page: &page{T: s.token("t")}}
			}
			store := client.NewMemory()
			d := signedIn(t, s, store)
			must(d.Enqueue(t.Context(), post(d, "before"), 0))(t)
			must(d.SyncOnce(t.Context()))(t)
			command := must(d.Enqueue(t.Context(), post(d, "after"), 0))(t)
			old := d.Meta()
			s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
				return 200, syncAnswer{Lanes: answer(req), Page: &page{T: s.token("t")}}
			}
			if _, err := d.SyncOnce(t.Context()); !errors.Is(err, client.ErrForked) || !errors.Is(err, client.ErrSignedOut) {
				t.Fatalf("err = %v", err)
			}
			d = device(t, s, store)
			m, left := d.Meta(), d.Pending()
			if m.Device == old.Device || m.DeviceKey == old.DeviceKey || m.Token != "" || m.Session.Refresh != "" {
				t.Errorf("still the old device: %+v", m)
			}
			if len(left) != 1 || left[0].Num != 1 || left[0].ID != command || m.Lanes[1].Last != 1 {
				t.Errorf("outbox = %+v", left)
			}
		})
	}
}

// TestBehind: the server was restored from a backup, or commands were discarded here.
func TestBehind(t *testing.T) {
	t.Parallel()
	s := &server{}
	d := signedIn(t, s, client.NewMemory())
	must(d.Enqueue(t.Context(), post(d, "never"), 0))(t)
	if err := d.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(d.Enqueue(t.Context(), post(d, "sent"), 0))(t)
	var firsts []uint64
	s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
		q := req.Lanes["1"]
		firsts = append(firsts, q.First)
		a := syncAnswer{Page: &page{T: s.token("t")}}
		if q.First == 1 {
			a.Lanes = applied(req)
		} else {
			a.Lanes = map[string]wire.LaneAnswer{"1": {Results: []models.Result{}, Next: 1, Code: "gap"}}
		}
		return 200, a
	}
	must(d.SyncOnce(t.Context()))(t)
	same(t, "first numbers sent", firsts, []uint64{2, 1})
	if left := d.Pending(); len(left) != 1 || left[0].Outcome != models.Applied || left[0].Num != 1 {
		t.Errorf("outbox = %+v", left)
	}
}

func TestWipe(t *testing.T) {
	t.Parallel()
	s := &server{}
	store := client.NewMemory()
	d := signedIn(t, s, store)
	must(d.Enqueue(t.Context(), post(d, "secret"), 0))(t)
	s.sync = func(wire.SyncRequest) (int, syncAnswer) { return 200, syncAnswer{Session: &wire.Session{Wipe: true}} }
	if _, err := d.SyncOnce(t.Context()); !errors.Is(err, client.ErrWiped) {
		t.Fatalf("err = %v", err)
	}
	for _, d := range []*client.Device{d, device(t, s, store)} {
		if _, err := d.Enqueue(t.Context(), post(d, "x"), 0); !errors.Is(err, client.ErrWiped) {
			t.Errorf("err = %v", err)
		}
		if m := d.Meta(); len(d.Pending()) != 0 || m.DeviceKey != "" || m.Session != (client.Session{}) {
			t.Errorf("kept: %+v", m)
		}
	}
}

// TestPass: pages are kept aside until the last, and a killed device goes on with the next page.
func TestPass(t *testing.T) {
	t.Parallel()
	s := &server{}
	store := client.NewMemory()
	d := signedIn(t, s, store)
	task := func(name string) client.Item { return item(models.RowMember, name, 1, `{}`) }
	a, b := client.Mint[models.UserID](d).String(), client.Mint[models.UserID](d).String()
	s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
		switch req.T {
		case "":
			return 200, syncAnswer{Page: &page{Full: true, Begin: true, More: true, T: "p1", Items: []client.Item{task(a)}}}
		case "p1":
			return 200, syncAnswer{PageError: &wire.PageError{Code: "behind", RetryMS: 50}}
		}
		return 500, syncAnswer{}
	}
	var trouble *client.PageError
	if _, err := d.SyncOnce(t.Context()); !errors.As(err, &trouble) || trouble.RetryMS != 50 {
		t.Fatalf("err = %v", err)
	}
	if got := must(d.Members(t.Context(), room))(t); len(got) != 0 || !d.Refreshing() {
		t.Errorf("half a pass is shown: %v", got)
	}
	d = device(t, s, store)
	s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
		if req.T != "p1" {
			t.Errorf("asked with %q", req.T)
		}
		return 200, syncAnswer{Page: &page{Full: true, T: "t1", Items: []client.Item{task(b)}}}
	}
	must(d.SyncOnce(t.Context()))(t)
	if got := must(d.Members(t.Context(), room))(t); len(got) != 2 || d.Refreshing() || d.Meta().Token != "t1" {
		t.Errorf("members = %v, token %q", got, d.Meta().Token)
	}
	if c := d.Counters(); c.Passes != 1 || c.FullPasses != 1 || c.Requests != 1 || c.BytesDown == 0 || c.BytesUp == 0 {
		t.Errorf("counters = %+v", c)
	}
}

// TestBegin: a full pass that begins anew under a running one leaves nothing of that.
func TestBegin(t *testing.T) {
	t.Parallel()
	s := &server{}
	store := client.NewMemory()
	d := signedIn(t, s, store)
	member := func(user models.UserID) client.Item { return item(models.RowMember, user.String(), 1, `{}`) }
	left, stays := id[models.UserID](8), id[models.UserID](9)
	pages := []page{
		{Full: true, Begin: true, More: true, T: "p1", Items: []client.Item{member(left)}},
		{Full: true, Begin: true, More: true, T: "q1", Items: []client.Item{member(stays)}},
		{Full: true, T: "t1"},
	}
	s.sync = func(wire.SyncRequest) (int, syncAnswer) {
		p := pages[0]
		pages = pages[1:]
		return 200, syncAnswer{Page: &p}
	}
	must(d.SyncOnce(t.Context()))(t)
	same(t, "members", must(d.Members(t.Context(), room))(t), []models.UserID{stays})
	if kept := must(store.Pages(t.Context()))(t); len(kept) != 0 {
		t.Errorf("pages of a finished pass: %v", kept)
	}
}

// TestCancelled: the answer to a request that was given up is thrown away.
func TestCancelled(t *testing.T) {
	t.Parallel()
	s := &server{}
	d := signedIn(t, s, client.NewMemory())
	ctx, cancel := context.WithCancel(t.Context())
	s.sync = func(wire.SyncRequest) (int, syncAnswer) {
		cancel()
		return http.StatusOK, syncAnswer{Page: &page{T: "late", Items: []client.Item{messages(message(1, "late"))}}}
	}
	if _, err := d.SyncOnce(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if d.Meta().Token != "" || texts(t, d) != "" {
		t.Error("a late answer was used")
	}
}

// TestRepair: a hole that is there after two passes is asked for anew, without touching the position.
func TestRepair(t *testing.T) {
	t.Parallel()
	s := &server{}
	d := signedIn(t, s, client.NewMemory())
	next := []wire.Message{message(1, "a"), message(3, "c"), message(4, "d"), message(5, "e")}
	s.sync = func(wire.SyncRequest) (int, syncAnswer) {
		p := &page{T: s.token("t"), Items: []client.Item{messages(next[0])}}
		next = next[1:]
		return 200, syncAnswer{Page: p}
	}
	s.repair = func(req wire.RepairRequest) page {
		if req.Scope != models.ConversationScope(room) || req.Token != d.Meta().Token {
			t.Errorf("repair of %v at %q", req.Scope, req.Token)
		}
		return page{T: "other", Items: []client.Item{
			{Op: wire.OpReset, Scope: req.Scope},
			messages(message(1, "a"), message(2, "b"), message(3, "c"), message(4, "d")),
		}}
	}
	must(d.SyncOnce(t.Context()))(t)
	must(d.SyncOnce(t.Context()))(t)
	if n := len(s.seen("/v1/sync/repair")); n != 0 {
		t.Errorf("%d repairs after one pass with a hole", n)
	}
	must(d.SyncOnce(t.Context()))(t)
	if got := texts(t, d); got != "a b c d" || len(s.seen("/v1/sync/repair")) != 1 {
		t.Errorf("shown: %q", got)
	}
	if token := d.Meta().Token; !strings.HasPrefix(token, "t.") {
		t.Errorf("a repair moved the position to %q", token)
	}
	must(d.SyncOnce(t.Context()))(t)
	if n := len(s.seen("/v1/sync/repair")); n != 1 {
		t.Errorf("%d repairs of one hole", n)
	}
}

// TestAnAppThatIsTooOldIsTold, whether a route refuses it or a sync withholds its page, and what it wrote arrives.
func TestAnAppThatIsTooOldIsTold(t *testing.T) {
	t.Parallel()
	s := &server{}
	d := signedIn(t, s, client.NewMemory())
	s.sync = func(wire.SyncRequest) (int, syncAnswer) {
		return 200, syncAnswer{PageError: &wire.PageError{Code: "client_too_old", RetryMS: 50}}
	}
	if _, err := d.SyncOnce(t.Context()); !errors.Is(err, client.ErrTooOld) {
		t.Errorf("a page withheld: got %v, want ErrTooOld", err)
	}
	if !errors.Is(&client.Problem{Status: 426, Code: "client_too_old"}, client.ErrTooOld) || errors.Is(&client.Problem{Code: "limited"}, client.ErrTooOld) {
		t.Errorf("a refusal is not told apart")
	}
}
