package audit_test

import (
	"context"
	"errors"
	"fmt"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/audit"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/proof"
	"officermobile/models/record"
	"officermobile/models/trail"
	"officermobile/store"
	"officermobile/store/sqlite"
	"officermobile/store/storetest"
)

var agency = models.AgencyID{1}

// newRecorder opens a recorder on a store that can be made to fail.
func newRecorder(t *testing.T, st store.Log) *audit.Recorder {
	t.Helper()
	r := audit.New(st, audit.Options{ORI: func(models.AgencyID) string { return "CA0000000" }})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return r
}

func newStore(t *testing.T, plan storetest.Plan) *storetest.FaultyStore {
	t.Helper()
	db, err := sqlite.Open(context.WithoutCancel(t.Context()), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return storetest.Faulty(db, plan)
}

// pass lets time pass in a bubble.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	if err := (clock.Clock{}).Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// lines are all lines of an agency, the newest first.
func lines(t *testing.T, r *audit.Recorder, q trail.Query) []trail.Entry {
	t.Helper()
	var all []trail.Entry
	q.Limit = 3 // so that there are pages
	for {
		page, err := r.Search(t.Context(), agency, q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Entries...)
		if q.Before = page.Next; page.Next == 0 {
			return all
		}
	}
}

// prove walks the log's chain and answers the number of its events.
func prove(t *testing.T, st store.Log, name store.Name) int {
	t.Helper()
	report, _, err := proof.Walk(func(after record.Seq) ([]record.Batch, error) { return st.Read(t.Context(), name, after, 100) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report.Events
}

func TestRecordIsDurableAndProvable(t *testing.T) {
	t.Parallel()
	st := newStore(t, storetest.Plan{})
	r := newRecorder(t, st)
	user, device := models.UserID{2}, models.DeviceID{3}
	want := trail.Entry{User: user, Device: device, What: "put-user", Outcome: "ok", Status: 200, Agent: "OfficerMobile/1\n",
		Objects: []trail.Object{{Kind: "user", ID: "x"}}}
	for range 2 {
		if err := r.Record(t.Context(), agency, want); err != nil {
			t.Fatal(err)
		}
	}
	got := lines(t, newRecorder(t, st), trail.Query{})
	if len(got) != 2 || got[0].N != 2 || got[1].N != 1 || !got[0].At.After(got[1].At) {
		t.Fatalf("got %+v, want two lines, the newest first", got)
	}
	g := got[1]
	if g.User != user || g.Device != device || g.What != "put-user" || g.Agent != "OfficerMobile/1" || g.ORI != "CA0000000" || len(g.Objects) != 1 {
		t.Errorf("got %+v", g)
	}
	if n := prove(t, st, audit.LogOf(agency)); n != 2 {
		t.Errorf("proved %d events, want 2", n)
	}
}

// TestSeveralNodesOnAFailingStore: whatever the store does, each line that was confirmed is there, and none twice.
func TestSeveralNodesOnAFailingStore(t *testing.T) {
	t.Parallel()
	st := newStore(t, storetest.Plan{Seed: 7, Conflict: 0.1, LostAck: 0.1, LostWrite: 0.1, ReadError: 0.1})
	const nodes, each = 3, 40
	confirmed := make(chan string, nodes*each)
	var work stdsync.WaitGroup
	for node := range nodes {
		r := newRecorder(t, st)
		for i := range each {
			work.Go(func() {
				id := fmt.Sprintf("%d-%d", node, i)
				if r.Record(t.Context(), agency, trail.Entry{What: "test", Outcome: "ok", Request: id}) == nil {
					confirmed <- id
				}
			})
		}
	}
	work.Wait()
	close(confirmed)
	st.SetPlan(storetest.Plan{})
	times := map[string]int{}
	for _, e := range lines(t, newRecorder(t, st), trail.Query{}) {
		times[e.Request]++
	}
	n := 0
	for id := range confirmed {
		n++
		if times[id] != 1 {
			t.Errorf("line %s is there %d times, want once", id, times[id])
		}
	}
	if n == 0 {
		t.Error("no line was confirmed")
	}
	prove(t, st, audit.LogOf(agency))
}

// TestUnwritable: while the log can't be written administrators hear so at once, notes are kept as far as there is room,
// and afterwards the log says how many were not.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &switchable{Log: newStore(t, storetest.Plan{})}
		r := newRecorder(t, st)
		st.set(store.ErrFull)
		if err := r.Record(t.Context(), agency, trail.Entry{What: "first", Outcome: "ok"}); !errors.Is(err, audit.ErrUnavailable) {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
		began := time.Now()
		if err := r.Record(t.Context(), agency, trail.Entry{What: "second", Outcome: "ok"}); !errors.Is(err, audit.ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %v, want to hear at once", waited)
		}
		if r.Ready(agency) == nil || r.Health() == nil || r.Ready(models.AgencyID{9}) != nil {
			t.Error("want this log unwritable, and no other")
		}
		const flood = 2000
		for range flood {
			r.Note(agency, trail.Entry{What: "note", Outcome: "refused"})
		}
		st.set(nil)
		pass(t, 5*time.Second) // past the longest pause
		if err := r.Health(); err != nil {
			t.Errorf("got %v after the store came back", err)
		}
		if err := r.Record(t.Context(), agency, trail.Entry{What: "last", Outcome: "ok"}); err != nil {
			t.Fatal(err)
		}
		count, forgotten := map[string]int{}, uint32(0)
		for _, e := range lines(t, r, trail.Query{}) {
			count[e.What]++
			forgotten += e.Forgotten
		}
		if count["first"] != 1 || count["second"] != 0 || count["last"] != 1 {
			t.Errorf("got %v", count)
		}
		if count["note"]+int(forgotten) != flood || forgotten == 0 {
			t.Errorf("%d notes written and %d forgotten, want %d together", count["note"], forgotten, flood)
		}
	})
}

// switchable is a log whose appends can be refused.
type switchable struct {
	store.Log
	mu  stdsync.Mutex
	err error
}

func (s *switchable) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *switchable) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	s.mu.Lock()
	err := s.err
	s.mu.Unlock()
	if err != nil {
		return store.Refused, err
	}
	return s.Log.Append(ctx, log, after, b)
}

func TestClosedRecorderWritesWhatQueued(t *testing.T) {
	t.Parallel()
	st := newStore(t, storetest.Plan{})
	r := audit.New(st, audit.Options{})
	for range 300 {
		r.Note(agency, trail.Entry{What: "note", Outcome: "ok"})
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := prove(t, st, audit.LogOf(agency)); n != 300 {
		t.Errorf("%d lines, want 300", n)
	}
	if err := r.Record(t.Context(), agency, trail.Entry{What: "late", Outcome: "ok"}); err == nil {
		t.Error("a closed recorder took a line")
	}
}
