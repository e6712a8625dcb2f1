package sync_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
	"officermobile/sync"
)

type write = func() (store.Outcome, error)

func TestInvariant4_NothingIsAnsweredOrShownBeforeItIsDurable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &hooked{Store: openStore(t)}
		g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
		arrived, release := make(chan bool), make(chan bool)
		st.set(func(w write) (store.Outcome, error) {
			arrived <- true
			<-release
			return w()
		})
		var answers []sync.Answer
		go func() { answers = g.Submit(context.Background(), []models.Command{message(1, 1, 1)}) }()
		<-arrived
		before := g.Tip()
		elapse(5 * time.Second)
		g.View(func(s *models.State) {
			if answers != nil || g.Tip() != before || s.Message(messageID(1)) != nil {
				t.Error("something was answered or shown while the append was under way")
			}
		})
		st.set(nil)
		close(release)
		synctest.Wait()
		if answers == nil || answers[0].Result.Outcome != models.Applied {
			t.Errorf("got %+v, want applied", answers)
		}
	})
}

// An append whose answer is lost resolves by itself, whether it was written or not; a caller who doesn't wait is told
// that nothing is known, and finds out by asking again.
func TestInvariant5_UnknownIsResolvedAtTheSameSlot(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]bool{"it was written": true, "it was not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				st := &hooked{Store: openStore(t)}
				g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
				var up atomic.Bool
				st.set(func(w write) (store.Outcome, error) {
					if !up.Load() && !written {
						return store.Unknown, errLost
					}
					if _, err := w(); err != nil {
						return store.Refused, err
					}
					return store.Unknown, errLost
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				a := g.Submit(ctx, []models.Command{message(1, 1, 1)})[0]
				if written && a.Result.Outcome != models.Applied {
					t.Errorf("got %+v, want applied: a read shows it", a)
				}
				if !written && codeOf(a.Err) != sync.CodeUnknown {
					t.Errorf("got %+v, want unknown", a)
				}
				up.Store(true)
				elapse(time.Minute)
				st.set(nil)
				if again := mustSubmit(t, g, message(1, 1, 1))[0]; again.Result.Seq != g.Tip().Seq {
					t.Errorf("got %+v, want the one outcome at the end of the log", again.Result)
				}
			})
		})
	}
}

// While a slot is unresolved another node takes it: the commands are decided again, behind it.
func TestLostSlotIsDecidedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		base := openStore(t)
		st := &hooked{Store: base}
		g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
		other, err := openNode(t, base, sync.Options{}).Agency(t.Context(), agencyID(1))
		if err != nil {
			t.Fatal(err)
		}
		st.set(func(write) (store.Outcome, error) {
			st.set(nil)
			mustSubmit(t, other, models.Command{Actor: personID(0), Body: &models.UserCreate{ID: personID(50), Username: "taken", Name: "B", Types: models.Officer}})
			return store.Unknown, errLost
		})
		a := g.Submit(t.Context(), []models.Command{
			{Actor: personID(0), Body: &models.UserCreate{ID: personID(51), Username: "taken", Name: "C", Types: models.Officer}},
			message(1, 1, 1),
		})
		if code := codeOf(a[0].Err); code != "username_taken" {
			t.Errorf("got %q, want the refusal that the other's write calls for", code)
		}
		if a[1].Result.Outcome != models.Applied {
			t.Errorf("got %+v, want applied", a[1])
		}
	})
}

func TestFullStorageRefusesAndReadsGoOn(t *testing.T) {
	t.Parallel()
	st := &hooked{Store: openStore(t)}
	g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
	first := mustSubmit(t, g, message(1, 1, 1))[0]
	want, _ := stateDigest(t, g)
	st.set(func(write) (store.Outcome, error) { return store.Refused, store.ErrFull })
	a := g.Submit(t.Context(), []models.Command{message(1, 1, 1), message(1, 2, 2)})
	if a[0].Result != first.Result || a[0].Err != nil {
		t.Errorf("an old outcome: got %+v, want %+v", a[0], first)
	}
	if e := models.AsError(a[1].Err); e == nil || e.Kind != models.KindFull || a[1].Result != (models.Result{}) {
		t.Errorf("got %+v, want full and undecided", a[1])
	}
	if got, _ := stateDigest(t, g); got != want {
		t.Error("the state changed")
	}
	st.set(nil)
	mustSubmit(t, g, message(1, 2, 2))
}

// A full queue of routine messages is overtaken by what is urgent, and is not starved by it.
func TestInvariant17_UrgentOvertakesRoutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &hooked{Store: openStore(t)}
		g := foundAgency(t, openNode(t, st, sync.Options{QueueLimit: 1000}), 1)
		release := make(chan bool)
		st.set(func(w write) (store.Outcome, error) { <-release; return w() })
		go g.Submit(t.Context(), []models.Command{message(2, 1, 5000)})
		synctest.Wait()
		submit := func(i, n int, urgent bool) (answers *[]sync.Answer) {
			answers = new([]sync.Answer)
			var cmds []models.Command
			for k := range n {
				c := message(i, uint64(k+1), i*1000+k)
				if urgent {
					c.Lane, c.Body.(*models.MessagePost).Urgent = models.LaneUrgent, true
				}
				cmds = append(cmds, c)
			}
			go func() { *answers = g.Submit(t.Context(), cmds) }()
			synctest.Wait()
			return answers
		}
		routine, urgent := submit(3, 600, false), submit(4, 300, true)
		if a := g.Submit(t.Context(), make([]models.Command, 200)); codeOf(a[0].Err) != "busy" {
			t.Errorf("beyond the queue's limit: got %+v, want busy", a[0])
		}
		st.set(nil)
		close(release)
		synctest.Wait()
		last := func(a *[]sync.Answer) record.Seq { return (*a)[len(*a)-1].Result.Seq }
		if last(urgent) >= last(routine) {
			t.Errorf("urgent ends at %d, routine at %d", last(urgent), last(routine))
		}
		if first := (*routine)[0].Result.Seq; first > last(urgent) {
			t.Errorf("routine begins at %d, only after urgent ended at %d", first, last(urgent))
		}
	})
}

func TestCloseDoesWhatHasQueuedAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &hooked{Store: openStore(t)}
		a := openNode(t, st, sync.Options{})
		g := foundAgency(t, a, 1)
		release := make(chan bool)
		st.set(func(w write) (store.Outcome, error) { <-release; return w() })
		answers := make(chan sync.Answer, 2)
		for i := range 2 {
			go func() { answers <- g.Submit(context.Background(), []models.Command{message(1+i, 1, 1+i)})[0] }()
			synctest.Wait()
		}
		closed := make(chan error)
		go func() { closed <- a.Close(context.Background()) }()
		synctest.Wait()
		if got := g.Submit(t.Context(), []models.Command{message(3, 1, 3)})[0]; codeOf(got.Err) != "closing" {
			t.Errorf("got %+v, want closing", got)
		}
		close(release)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		for range 2 {
			if got := <-answers; got.Result.Outcome != models.Applied {
				t.Errorf("got %+v, want applied", got)
			}
		}
		if _, err := a.Agency(t.Context(), agencyID(2)); !errors.Is(err, models.ErrNotFound) && codeOf(err) != "closing" {
			t.Errorf("after Close: got %v", err)
		}
	})
}
