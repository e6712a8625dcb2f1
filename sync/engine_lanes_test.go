package sync_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store"
	"officermobile/sync"

	"github.com/go-json-experiment/json/jsontext"
)

// opening is what a phone that was offline sends: a conversation, and a message in it.
func opening(i, n int) []models.Command {
	create := models.Command{
		Actor: personID(i), Device: phoneID(i), Lane: models.LaneUrgent, Num: 1, ID: commandID(n),
		Body: &models.ConversationCreate{ID: roomID(50), Title: "New", Invitees: []models.UserID{personID(1)}},
	}
	say := message(i, 1, n+1)
	say.Body.(*models.MessagePost).ConversationID = roomID(50)
	return []models.Command{create, say}
}

// filled is commands of one phone that fill a lane.
func filled(i, n int, lane models.Lane) []models.Command {
	cmds := make([]models.Command, n)
	for k := range cmds {
		c := message(i, uint64(k+1), i*1000+k)
		c.Lane, c.Body.(*models.MessagePost).Urgent = lane, lane == models.LaneUrgent
		cmds[k] = c
	}
	return cmds
}

// held is an agency whose appends wait for release, with one of them under way.
func held(t *testing.T) (g *sync.Agency, st *hooked, release chan bool) {
	st = &hooked{Store: openStore(t)}
	g = foundAgency(t, openNode(t, st, sync.Options{QueueLimit: 1000}), 1)
	release = make(chan bool)
	st.set(func(w write) (store.Outcome, error) { <-release; return w() })
	go g.Submit(t.Context(), []models.Command{message(2, 1, 5000)})
	synctest.Wait()
	return g, st, release
}

// later submits in the background, once all before has queued.
func later(t *testing.T, g *sync.Agency, cmds []models.Command) (answers *[]sync.Answer) {
	answers = new([]sync.Answer)
	go func() { *answers = g.Submit(t.Context(), cmds) }()
	synctest.Wait()
	return answers
}

// What a routine message refers to may be created by an urgent command of the same request: it must not overtake that,
// though routine commands have places in every batch.
func TestARequestsUrgentLaneIsDoneFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, st, release := held(t)
		urgent := later(t, g, filled(4, 300, models.LaneUrgent))
		answers := later(t, g, opening(3, 1))
		others := later(t, g, filled(5, 100, models.LaneRoutine))
		st.set(nil)
		close(release)
		synctest.Wait()
		for i, a := range *answers {
			if a.Err != nil || a.Result.Outcome != models.Applied {
				t.Errorf("command %d: got %+v, %v, want applied", i, a.Result, a.Err)
			}
		}
		if len(*urgent) != 300 || len(*others) != 100 {
			t.Errorf("got %d and %d answers, want all", len(*urgent), len(*others))
		}
	})
}

// When storage refused an urgent command, what is routine behind it is left undecided rather than rejected for good.
func TestWhatMayReferToAnUndecidedCommandIsUndecided(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, st, release := held(t)
		later(t, g, filled(5, 200, models.LaneRoutine))
		answers := later(t, g, opening(3, 1))
		st.set(func(write) (store.Outcome, error) {
			st.set(nil)
			return store.Refused, store.ErrFull
		})
		close(release)
		synctest.Wait()
		for i, a := range *answers {
			if codeOf(a.Err) != "full" || a.Result != (models.Result{}) {
				t.Errorf("command %d: got %+v, %v, want undecided", i, a.Result, a.Err)
			}
		}
		for i, a := range g.Submit(t.Context(), opening(3, 1)) {
			if a.Err != nil || a.Result.Outcome != models.Applied {
				t.Errorf("command %d, again: got %+v, %v, want applied", i, a.Result, a.Err)
			}
		}
	})
}

func TestBothLanesOfARequestShareACommit(t *testing.T) {
	t.Parallel()
	st := &hooked{Store: openStore(t)}
	a := openNode(t, st, sync.Options{})
	d := &desk{t: t, st: st, a: a, g: foundAgency(t, a, 1), s: openService(t, a, st, sync.ServiceOptions{})}
	create := wire.Command{ID: commandID(1), Type: "conversation.create", Body: jsontext.Value(fmt.Sprintf(`{"id":%q,"title":"New","invitees":[%q]}`, roomID(50), personID(2)))}
	say := wire.Command{ID: commandID(2), Type: "message.post", Body: jsontext.Value(fmt.Sprintf(`{"conversation_id":%q,"id":%q,"text":"first"}`, roomID(50), messageID(1)))}
	appends := 0
	st.set(func(w write) (store.Outcome, error) { appends++; return w() })
	answer := d.sync(callerOf(1), wire.SyncRequest{Lanes: map[string]wire.LaneQueue{
		"1": {First: 1, Commands: []wire.Command{say}}, "0": {First: 1, Commands: []wire.Command{create}},
	}})
	for _, lane := range []string{"0", "1"} {
		if got := answer.Lanes[lane]; outcomes(got) != "1 applied " || got.Next != 2 {
			t.Errorf("lane %s: got %+v, want its command applied", lane, got)
		}
	}
	if appends != 1 {
		t.Errorf("got %d commits, want 1", appends)
	}
}
