package sync_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/sync"
)

// codeOf is an error's code, or the text of an internal one.
func codeOf(err error) models.Code {
	if err == nil {
		return ""
	}
	if e := models.AsError(err); e != nil {
		return e.Code
	}
	return "internal"
}

// nowhere is a numbered message that is refused.
func nowhere(i int, num uint64, id int) models.Command {
	c := message(i, num, id)
	c.Body = &models.MessagePost{ConversationID: roomID(99), ID: messageID(id), Text: "to nowhere"}
	return c
}

func TestInvariant14_SameNumberSameAnswer(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
	cmds := []models.Command{message(1, 1, 1), nowhere(1, 2, 2), message(1, 3, 1), message(1, 4, 4)}
	first := g.Submit(t.Context(), cmds)
	for i, want := range []models.Outcome{models.Applied, models.Rejected, models.Rejected, models.Applied} {
		if i == 2 {
			want = models.Applied // the message is there already, word for word
			cmds[2].Body = cmds[0].Body
		}
		if got := first[i].Result; got.Outcome != want || first[i].Err != nil || got.Num != uint64(i+1) {
			t.Errorf("number %d: got %+v, %v, want %s", i+1, got, first[i].Err, want)
		}
	}
	before := g.Tip().Seq
	other, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]*sync.Agency{"the same node": g, "a node that started later": other} {
		for range 2 {
			for i, a := range g.Submit(t.Context(), cmds) {
				if a.Result != first[i].Result || a.Err != nil {
					t.Errorf("%s, number %d: got %+v, %v, want %+v", name, i+1, a.Result, a.Err, first[i].Result)
				}
			}
		}
		if after := g.Tip().Seq; after != before {
			t.Errorf("%s: the log grew from %d to %d", name, before, after)
		}
	}
}

func TestInvariant14_ForgottenAfter64(t *testing.T) {
	t.Parallel()
	g := foundAgency(t, openNode(t, openStore(t), sync.Options{}), 1)
	var cmds []models.Command
	for n := range 70 {
		cmds = append(cmds, message(1, uint64(n+1), n+1))
	}
	mustSubmit(t, g, cmds...)
	answers := g.Submit(t.Context(), []models.Command{cmds[5], cmds[6]})
	if got := answers[0].Result.Outcome; got != models.Forgotten {
		t.Errorf("number 6: got %s, want forgotten", got)
	}
	if got := answers[1].Result.Outcome; got != models.Applied {
		t.Errorf("number 7: got %s, want applied", got)
	}
}

func TestInvariant15_AnotherCommandOfTheSameNumber(t *testing.T) {
	t.Parallel()
	g := foundAgency(t, openNode(t, openStore(t), sync.Options{}), 1)
	mustSubmit(t, g, message(1, 1, 1))
	before := g.Tip().Seq
	a := g.Submit(t.Context(), []models.Command{message(1, 1, 2)})[0]
	if a.Result.Outcome != models.Fork || a.Err != nil || len(a.Events) > 0 || g.Tip().Seq != before {
		t.Errorf("got %+v, want fork and no event", a)
	}
	// Both in one request: neither order may execute two.
	pair := g.Submit(t.Context(), []models.Command{message(2, 1, 3), message(2, 1, 4)})
	if pair[0].Result.Outcome != models.Applied || pair[1].Result.Outcome != models.Fork {
		t.Errorf("got %+v and %+v, want applied and fork", pair[0].Result, pair[1].Result)
	}
}

func TestInvariant16_GapsWaitAndRefusalsDoNotStop(t *testing.T) {
	t.Parallel()
	g := foundAgency(t, openNode(t, openStore(t), sync.Options{}), 1)
	got := g.Submit(t.Context(), []models.Command{message(1, 1, 1), message(1, 3, 3), nowhere(1, 2, 2), message(1, 3, 3)})
	want := []struct {
		outcome models.Outcome
		code    models.Code
	}{{models.Applied, ""}, {"", sync.CodeGap}, {models.Rejected, ""}, {models.Applied, ""}}
	for i, w := range want {
		if got[i].Result.Outcome != w.outcome || codeOf(got[i].Err) != w.code {
			t.Errorf("command %d: got %+v, %v, want %+v", i, got[i].Result, got[i].Err, w)
		}
	}
}

// A node that hasn't read yet what another wrote looks before it says that something is missing.
func TestGapLooksAtTheLogFirst(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	g := foundAgency(t, openNode(t, st, sync.Options{PollEvery: time.Hour}), 1)
	other, err := openNode(t, st, sync.Options{PollEvery: time.Hour}).Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	mustSubmit(t, other, message(1, 1, 1))
	mustSubmit(t, g, message(1, 2, 2))
}

func TestInvariant18_ARevokedDeviceHasNoEffect(t *testing.T) {
	t.Parallel()
	g := foundAgency(t, openNode(t, openStore(t), sync.Options{}), 1)
	revoke := models.Command{Actor: personID(0), Body: &models.DeviceRevoke{DeviceID: phoneID(1), Wipe: true}}
	dismiss := models.Command{Actor: personID(0), Body: &models.UserChange{UserID: personID(2), Active: new(bool)}}
	mustSubmit(t, g, message(1, 1, 1))
	mustSubmit(t, g, revoke, dismiss)
	before := g.Tip().Seq
	late := []models.Command{message(1, 2, 2), message(2, 1, 3), {Actor: personID(2), Body: message(2, 0, 4).Body}}
	for i, a := range g.Submit(t.Context(), late) {
		if codeOf(a.Err) != models.ErrInactive.Code || a.Result != (models.Result{}) {
			t.Errorf("command %d: got %+v, want inactive and undecided", i, a)
		}
	}
	if after := g.Tip().Seq; after != before {
		t.Errorf("the log grew from %d to %d", before, after)
	}
}

func TestInputThatMadeNoSenseIsRejectedInItsLane(t *testing.T) {
	t.Parallel()
	g := foundAgency(t, openNode(t, openStore(t), sync.Options{}), 1)
	broken := message(1, 1, 1)
	broken.Body = nil
	got := g.Submit(t.Context(), []models.Command{broken, message(1, 2, 2)})
	if r := got[0].Result; r.Outcome != models.Rejected || r.Code != "invalid" {
		t.Errorf("got %+v, want rejected as invalid", got[0])
	}
	if r := got[1].Result; r.Outcome != models.Applied {
		t.Errorf("got %+v, want applied", got[1])
	}
	for name, c := range map[string]models.Command{
		"no device":  {Actor: personID(1), Num: 1, ID: commandID(9), Body: message(1, 0, 9).Body},
		"no id":      {Actor: personID(1), Device: phoneID(1), Num: 3, Lane: models.LaneRoutine, Body: message(1, 0, 9).Body},
		"third lane": {Actor: personID(1), Device: phoneID(1), Num: 1, Lane: 2, ID: commandID(9), Body: message(1, 0, 9).Body},
	} {
		if a := g.Submit(t.Context(), []models.Command{c})[0]; codeOf(a.Err) != "invalid" || a.Result != (models.Result{}) {
			t.Errorf("%s: got %+v, want invalid and undecided", name, a)
		}
	}
}

// A command that makes the domain panic fails alone, and leaves no outcome behind.
func TestPanicIsTheCommandsOwn(t *testing.T) {
	t.Parallel()
	var log logText
	g := foundAgency(t, openNode(t, openStore(t), sync.Options{Logger: log.logger()}), 1)
	bad := message(1, 1, 1)
	bad.Lane, bad.Body = models.LaneUrgent, (*models.Comment)(nil)
	got := g.Submit(t.Context(), []models.Command{bad, message(2, 1, 2)})
	if codeOf(got[0].Err) != "internal" || got[0].Result != (models.Result{}) {
		t.Errorf("got %+v, want an internal error and no outcome", got[0])
	}
	if got[1].Result.Outcome != models.Applied {
		t.Errorf("got %+v, want applied", got[1])
	}
	if g.Halted() != nil {
		t.Error("the agency halted")
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
	request := func(key, body byte, people ...int) models.Command {
		c := &models.ConversationCreate{ID: roomID(int(body) + 10), Title: "Night shift"}
		for _, i := range people {
			c.Invitees = append(c.Invitees, personID(i))
		}
		return models.Command{Actor: personID(1), Request: record.Request{Key: record.Hash{key}, Body: record.Hash{body}}, Body: c}
	}
	twice := g.Submit(t.Context(), []models.Command{request(1, 1, 2, 3), request(1, 1, 2, 3), request(1, 2, 4)})
	if n := len(twice[0].Events); n != 3 {
		t.Fatalf("got %d events, want the conversation and two invitations: %v", n, twice[0].Err)
	}
	if !sameEvents(twice[1].Events, twice[0].Events) || twice[1].Err != nil {
		t.Errorf("within the batch: got %+v, want the first answer", twice[1])
	}
	if code := codeOf(twice[2].Err); code != "idempotency_mismatch" {
		t.Errorf("another body: got %q, want a mismatch", code)
	}
	other, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	stranger := request(1, 1, 2, 3)
	stranger.Actor = personID(5)
	later := other.Submit(t.Context(), []models.Command{request(1, 1, 2, 3), request(1, 2, 4), stranger, request(2, 2)})
	if !sameEvents(later[0].Events, twice[0].Events) || later[0].Err != nil {
		t.Errorf("on another node: got %+v, want the first answer", later[0])
	}
	for i, want := range map[int]models.Code{1: "idempotency_mismatch", 2: "idempotency_mismatch", 3: "invalid"} {
		if code := codeOf(later[i].Err); code != want {
			t.Errorf("request %d: got %q, want %q", i, code, want)
		}
	}
	// What was refused left no trace, and may be put right under the same key.
	if a := other.Submit(t.Context(), []models.Command{request(2, 3, 5)})[0]; a.Err != nil || len(a.Events) != 2 {
		t.Errorf("after a refusal: got %+v, want a conversation", a)
	}
}

func sameEvents(a, b []models.Event) bool {
	return slices.EqualFunc(a, b, func(a, b models.Event) bool {
		return a.Seq == b.Seq && a.At == b.At && a.Body.EventType() == b.Body.EventType()
	})
}

// A message whose row has left memory is still found: the same again is applied, another of its id refused.
func TestMessageIdOlderThanMemory(t *testing.T) {
	t.Parallel()
	g := foundAgency(t, openNode(t, openStore(t), sync.Options{}), 1)
	var cmds []models.Command
	for n := range 300 {
		cmds = append(cmds, message(1, uint64(n+1), n+1))
	}
	mustSubmit(t, g, cmds...)
	g.View(func(s *models.State) {
		if s.Message(messageID(5)) != nil {
			t.Fatal("the old message is still in memory; the test needs more")
		}
	})
	before := g.Tip().Seq
	again := models.Command{Actor: personID(1), Body: cmds[4].Body}
	theirs := models.Command{Actor: personID(2), Body: cmds[4].Body}
	got := g.Submit(t.Context(), []models.Command{again, theirs})
	if got[0].Err != nil || len(got[0].Events) > 0 || !errors.Is(got[1].Err, models.ErrNotFound) {
		t.Errorf("got %+v and %+v, want nothing new, and not found", got[0], got[1])
	}
	if after := g.Tip().Seq; after != before {
		t.Errorf("the log grew from %d to %d", before, after)
	}
	rows, err := g.Timeline(t.Context(), roomID(0), 1, 30, 5)
	if err != nil || len(rows) != 5 || rows[0].N != 29 || rows[4].N != 25 {
		t.Errorf("timeline: got %d rows, %v, want 29 to 25", len(rows), err)
	}
}

// One command's events are never split over batches, even when another fills most of it.
func TestEventsOfOneCommandStayTogether(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	g := foundAgency(t, openNode(t, st, sync.Options{}), 0)
	var cmds []models.Command
	for n := range 60 {
		c := &models.ConversationCreate{ID: roomID(n)}
		for i := 2; i < people; i++ {
			c.Invitees = append(c.Invitees, personID(i))
		}
		cmds = append(cmds, models.Command{Actor: personID(1), Device: phoneID(1), Num: uint64(n + 1), ID: commandID(n), Body: c})
	}
	mustSubmit(t, g, cmds...)
	for _, h := range readLog(t, st, mainLog(1)) {
		count := map[uint64]int{}
		for _, e := range h.Events {
			if e.Num > 0 {
				count[e.Num]++
			}
		}
		for num, n := range count {
			if n != people-1 {
				t.Errorf("command %d: got %d events in one batch, want %d", num, n, people-1)
			}
		}
	}
}
