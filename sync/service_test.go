package sync_test

import (
	"fmt"
	"os"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store"
	"officermobile/store/sqlite"
	"officermobile/sync"
)

// desk is a node with the test agency and its service.
type desk struct {
	t  testing.TB
	st store.Store
	a  *sync.Agencies
	g  *sync.Agency
	s  *sync.Service
}

func newDesk(t testing.TB, opts sync.ServiceOptions) *desk {
	t.Helper()
	d := &desk{t: t, st: openStore(t)}
	d.a = openNode(t, d.st, sync.Options{})
	d.g = foundAgency(t, d.a, 2)
	d.s = openService(t, d.a, d.st, opts)
	return d
}

func openService(t testing.TB, a *sync.Agencies, st store.Store, opts sync.ServiceOptions) *sync.Service {
	t.Helper()
	s, err := sync.NewService(a, st, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(canceled()) })
	return s
}

func callerOf(i int) wire.Caller {
	return wire.Caller{Agency: agencyID(1), User: personID(i), Device: phoneID(i), Session: models.SessionID(uuid(9, i))}
}

// sync is one request that must be answered with a page.
func (d *desk) sync(who wire.Caller, req wire.SyncRequest) wire.SyncAnswer[any] {
	d.t.Helper()
	req.Schema = wire.Schema
	answer, err := d.s.Sync(d.t.Context(), who, req)
	if err != nil || answer.Page == nil {
		d.t.Fatalf("sync: got %+v, %v", answer.PageError, err)
	}
	return answer
}

// pass pulls until the pass ends, and returns the token.
func (d *desk) pass(who wire.Caller, token string, p *pocket) string {
	d.t.Helper()
	for {
		page := d.sync(who, wire.SyncRequest{T: token}).Page
		d.put(p, page)
		token = page.T
		if !page.More {
			return token
		}
	}
}

func (d *desk) put(p *pocket, page any) {
	d.t.Helper()
	read, _, err := overTheWire(page)
	if err == nil {
		err = p.apply(read)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) say(i, m int) {
	d.t.Helper()
	mustSubmit(d.t, d.g, models.Command{Actor: personID(i), Body: &models.MessagePost{
		ConversationID: roomID(0), ID: messageID(m), Text: fmt.Sprintf("message %d", m),
	}})
}

func TestNothingNewIsAShortAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	who := callerOf(1)
	token := d.pass(who, "", newPocket())
	d.sync(who, outbox(token, "1", 1, post(1, "on my way")))
	token = d.pass(who, token, newPocket())
	_, size, err := overTheWire(d.sync(who, wire.SyncRequest{T: token}))
	if err != nil || size >= 200 {
		t.Errorf("got an answer of %d bytes (%v), want under 200", size, err)
	}
}

func TestTokensServeWhoTheyWereMadeFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	token := d.pass(callerOf(1), "", newPocket())
	tampered := []byte(token)
	tampered[len(tampered)/2] ^= 1
	handed := callerOf(1)
	handed.Device = phoneID(2)
	for name, c := range map[string]struct {
		who   wire.Caller
		token string
		full  bool
	}{
		"its own":       {callerOf(1), token, false},
		"another user":  {callerOf(2), token, true},
		"tampered with": {callerOf(1), string(tampered), true},
		"cut":           {callerOf(1), token[:len(token)-4], true},
		"nonsense":      {callerOf(1), "%%%", true},
		"too long":      {callerOf(1), fmt.Sprintf("%0400d", 1), true},
		"unknown key":   {callerOf(1), "_" + token[1:], true},
	} {
		page := d.sync(c.who, wire.SyncRequest{T: c.token}).Page
		if page.Full != c.full || page.Begin != c.full {
			t.Errorf("%s: got full %v, begin %v, want %v", name, page.Full, page.Begin, c.full)
		}
	}
	if _, err := d.s.Sync(t.Context(), handed, wire.SyncRequest{T: token}); models.AsError(err) != models.ErrInactive {
		t.Errorf("another's device: got %v, want %v", err, models.ErrInactive)
	}
	answer, err := d.s.Sync(t.Context(), callerOf(1), wire.SyncRequest{T: token, Schema: wire.Schema + 1})
	if err != nil || !answer.Page.Full {
		t.Errorf("another schema: got %+v, %v, want a full pass", answer.Page, err)
	}
}

func TestTokensSurviveRestartsAndNewKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	token := d.pass(callerOf(1), "", newPocket())
	key := store.Document{Kind: "token_key", ID: "002", Body: make([]byte, 32)}
	if _, err := d.st.PutIf(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	d.s = openService(t, d.a, d.st, sync.ServiceOptions{})
	page := d.sync(callerOf(1), wire.SyncRequest{T: token}).Page
	if page.Full {
		t.Error("got a full pass for a token under the older key, want none")
	}
	if page.T[:2] == token[:2] {
		t.Error("the new token is still sealed with the older key")
	}
}

func TestInvariant23_ARestoredLogStartsAFullPass(t *testing.T) {
	t.Parallel()
	dir, backup := t.TempDir(), t.TempDir()
	open := func(dir string) (*desk, func()) {
		st, err := sqlite.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		a, err := sync.Open(t.Context(), st, sync.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := sync.NewService(a, st, sync.ServiceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		d := &desk{t: t, st: st, a: a, s: s}
		d.g, _ = a.Agency(t.Context(), agencyID(1))
		return d, func() {
			_ = s.Close(canceled())
			_ = a.Close(t.Context())
			_ = st.Close()
		}
	}
	d, done := open(dir)
	d.g = foundAgency(t, d.a, 1)
	done()
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	d, done = open(dir)
	for m := range 5 {
		d.say(1, m)
	}
	token := d.pass(callerOf(1), "", newPocket())
	done()

	d, done = open(backup)
	defer done()
	if page := d.sync(callerOf(1), wire.SyncRequest{T: token}).Page; !page.Full {
		t.Error("beyond the head: got a difference, want a full pass")
	}
	for m := range 9 {
		d.say(2, 100+m)
	}
	if page := d.sync(callerOf(1), wire.SyncRequest{T: token}).Page; !page.Full {
		t.Error("another hash: got a difference, want a full pass")
	}
}

func TestHistoryIsOfThoseWhoAreIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	for m := range 250 { // more than stays in memory
		d.say(1, m)
	}
	seen := map[uint32]bool{}
	from := uint32(0)
	d.g.View(func(s *models.State) { from = s.FromN(personID(1), roomID(0)) })
	for before := uint32(0); before != from; {
		rows, err := d.s.History(t.Context(), callerOf(1), roomID(0), before, 40)
		if err != nil || len(rows) == 0 {
			t.Fatalf("before %d: got %d rows, %v", before, len(rows), err)
		}
		for i, r := range rows {
			if seen[r.N] || i > 0 && r.N != rows[i-1].N+1 {
				t.Fatalf("before %d: row %d comes twice or out of order", before, r.N)
			}
			seen[r.N] = true
		}
		before = rows[0].N
	}
	if got, err := d.s.History(t.Context(), callerOf(1), roomID(0), from, 40); err != nil || len(got) != 0 {
		t.Errorf("before the first: got %d rows, %v, want none: the history begins with joining", len(got), err)
	}
	mustSubmit(t, d.g, models.Command{Actor: personID(1), Body: &models.Leave{ConversationID: roomID(0)}})
	if _, err := d.s.History(t.Context(), callerOf(1), roomID(0), 0, 40); models.AsError(err) != models.ErrNotFound {
		t.Errorf("after leaving: got %v, want %v", err, models.ErrNotFound)
	}
}

func TestRepairBringsOneScopeAndKeepsThePosition(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	p := newPocket()
	token := d.pass(callerOf(1), "", p)
	sc := models.ConversationScope(roomID(0))
	want := len(p.messages[sc])
	delete(p.messages[sc], 3)
	d.say(2, 1)
	page, err := d.s.Repair(t.Context(), callerOf(1), wire.RepairRequest{Token: token, Schema: wire.Schema, Scope: sc})
	if err != nil || page.More || page.Full {
		t.Fatalf("got %+v, %v", page, err)
	}
	d.put(p, page)
	if got := len(p.messages[sc]); got != want+1 {
		t.Errorf("got %d rows after the repair, want %d", got, want+1)
	}
	next := d.sync(callerOf(1), wire.SyncRequest{T: page.T}).Page
	if len(next.Items) == 0 {
		t.Error("the repair moved the position: what changed since is not sent")
	}
	foreign := models.ConversationScope(roomID(77))
	page, err = d.s.Repair(t.Context(), callerOf(1), wire.RepairRequest{Token: token, Schema: wire.Schema, Scope: foreign})
	if err != nil || len(page.Items) != 1 || page.Items[0].Op != wire.OpDrop {
		t.Errorf("a scope that is not theirs: got %+v, %v, want a drop", page.Items, err)
	}
}

func TestIdempotentRESTWrite(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	cmd := models.Command{Actor: personID(1), Body: &models.MessagePost{ConversationID: roomID(0), ID: messageID(1), Text: "copy"}}
	cmd.Request.Key[0], cmd.Request.Body[0] = 1, 1
	first, err := d.s.Do(t.Context(), agencyID(1), cmd)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.s.Do(t.Context(), agencyID(1), cmd)
	if err != nil || len(again) != 1 || again[0].Seq != first[0].Seq {
		t.Errorf("again: got %v, %v, want the same event", again, err)
	}
	cmd.Request.Body[0] = 2
	if _, err := d.s.Do(t.Context(), agencyID(1), cmd); models.AsError(err) == nil || models.AsError(err).Kind != models.KindMismatch {
		t.Errorf("another body: got %v, want a mismatch", err)
	}
}
