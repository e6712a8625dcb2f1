package sync_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
	"officermobile/sync"
)

// severed is a store whose log can't be read while it is cut.
type severed struct {
	store.Store
	cut atomic.Bool
}

func (s *severed) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	if s.cut.Load() {
		return nil, errLost
	}
	return s.Store.Read(ctx, log, after, limit)
}

// twoNodes are desks over one store, of which the second can be cut off from the log.
func twoNodes(t *testing.T) (first, second *desk, line *severed) {
	first = newDesk(t, sync.ServiceOptions{Node: "a"})
	line = &severed{Store: first.st}
	a := openNode(t, line, sync.Options{})
	g, err := a.Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	return first, &desk{t: t, st: line, a: a, g: g, s: openService(t, a, line, sync.ServiceOptions{Node: "b"})}, line
}

// pageOf is a request that may have no page.
func (d *desk) pageOf(who wire.Caller, token string) wire.SyncAnswer[any] {
	d.t.Helper()
	answer, err := d.s.Sync(d.t.Context(), who, wire.SyncRequest{T: token, Schema: wire.Schema})
	if err != nil {
		d.t.Fatal(err)
	}
	return answer
}

// A device that was shown more than a node knows is not answered from the past: the node looks, waits a second, and
// then says that it lags.
func TestInvariant22_ANodeThatLagsMakesNoPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, second, line := twoNodes(t)
		who := callerOf(1)
		token := first.pass(who, "", newPocket())
		first.say(2, 1)
		token = first.pass(who, token, newPocket())
		if page := second.pageOf(who, token).Page; page == nil || page.Full || len(page.Items) > 0 {
			t.Errorf("a node that can catch up: got %+v, want an empty page", page)
		}
		line.cut.Store(true)
		first.say(2, 2)
		token = first.pass(who, token, newPocket())
		begin := time.Now()
		answer := second.pageOf(who, token)
		if answer.Page != nil || answer.PageError == nil || answer.PageError.Code != "behind" || answer.PageError.RetryMS != 500 {
			t.Errorf("a node that can't: got %+v, %+v, want behind", answer.Page, answer.PageError)
		}
		if took := time.Since(begin).Round(100 * time.Millisecond); took != time.Second {
			t.Errorf("it waited %v, want 1 s", took)
		}
		line.cut.Store(false)
		if page := second.pageOf(who, token).Page; page == nil || page.Full {
			t.Errorf("once it can again: got %+v, want a page from where the device is", page)
		}
	})
}

// A node that lost sight of the log first says so, and then serves nothing: no page, no read, no stream.
func TestInvariant31_ANodeThatIsCutOffStopsServing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, d, line := twoNodes(t)
		who := callerOf(1)
		token := d.pass(who, "", newPocket())
		stream := d.tune(callerOf(2), "")
		elapse(time.Second)
		line.cut.Store(true)
		elapse(2 * time.Second)
		if page := d.pageOf(who, token).Page; page == nil || page.StaleMS != 0 {
			t.Errorf("after 2 s: got %+v, want a page as ever", page)
		}
		elapse(3 * time.Second)
		if page := d.pageOf(who, token).Page; page == nil || page.StaleMS < 3000 || page.StaleMS > 6000 {
			t.Errorf("after 5 s: got %+v, want a page that says how old it is", page)
		}
		elapse(7 * time.Second)
		if answer := d.pageOf(who, token); answer.Page != nil || answer.PageError == nil || answer.PageError.Code != "stale" {
			t.Errorf("after 12 s: got %+v, %+v, want stale", answer.Page, answer.PageError)
		}
		view := func() error {
			return d.s.View(t.Context(), agencyID(1), func(*models.State) error { return nil })
		}
		if err := view(); codeOf(err) != "stale" {
			t.Errorf("a read after 12 s: got %v, want stale", err)
		}
		elapse(20 * time.Second) // a stream looks every 30 s
		if byes := stream.named("bye"); len(byes) != 1 || byes[0].Data.(wire.Bye).Why != wire.ByeDrain {
			t.Errorf("the stream ended with %+v, want drain", byes)
		}
		line.cut.Store(false)
		elapse(2 * time.Second)
		if page := d.pageOf(who, token).Page; page == nil || page.Full || page.StaleMS != 0 || view() != nil {
			t.Errorf("once it is back: got %+v, want a page as ever", page)
		}
	})
}
