package sync_test

import (
	"testing"
	"testing/synctest"
	"time"

	"officermobile/sync"
)

func TestAStreamIsAtOnceAndThenRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		l := d.tune(callerOf(1), d.pass(callerOf(1), "", newPocket()))
		elapse(time.Second)
		for burst := range 3 {
			before := len(l.named("page"))
			began := time.Now()
			d.say(0, 100*burst)
			synctest.Wait()
			if got := len(l.named("page")) - before; got != 1 {
				t.Fatalf("burst %d: got %d pages after the first message, want 1", burst, got)
			}
			for m := range 5 {
				d.say(0, 100*burst+1+m)
			}
			synctest.Wait()
			spent := time.Since(began)
			if got := len(l.named("page")) - before; got != 1 && spent < 10*time.Millisecond {
				t.Errorf("burst %d: got %d pages within %v, want the others to wait", burst, got, spent)
			}
			elapse(10 * time.Millisecond)
			synctest.Wait()
			if got := len(l.named("page")) - before; got < 2 || got > 2+int(spent/(10*time.Millisecond)) {
				t.Errorf("burst %d: got %d pages, want the others to share the second", burst, got)
			}
			elapse(time.Second)
		}
	})
}
