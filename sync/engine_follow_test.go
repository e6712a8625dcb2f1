package sync_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
	"officermobile/sync"
)

// appendRaw writes a batch that no version of this program wrote.
func appendRaw(t *testing.T, st store.Log, tip sync.Tip, eventType string, critical bool) {
	t.Helper()
	b, err := record.Seal(record.Header{
		Log: string(mainLog(1)), Epoch: tip.Epoch, First: tip.Seq + 1, Prev: tip.Hash, ID: uuid(9, int(tip.Seq)),
		Events: []record.Event{{Type: eventType, Version: 1, Critical: critical, At: time.Now().Add(time.Hour).UnixMicro()}},
	}, []record.Payload{{Salt: uuid(9, 1), Bytes: []byte("{}")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if outcome, err := st.Append(t.Context(), mainLog(1), tip.Seq, b); outcome != store.Committed {
		t.Fatalf("append: %v, %v", outcome, err)
	}
}

func TestInvariant11_UnknownCriticalEventHaltsThisAgencyAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t)
		var log logText
		a := openNode(t, st, sync.Options{Logger: log.logger()})
		g := foundAgency(t, a, 1)
		neighbour, err := a.Create(t.Context(), models.AgencyCreate{ID: agencyID(2), Name: "Transit Police", TimeZone: "UTC"})
		if err != nil {
			t.Fatal(err)
		}
		appendRaw(t, st, g.Tip(), "from.the_future", false)
		elapse(2 * time.Second)
		if g.Halted() != nil {
			t.Fatal("an event that isn't critical halted the agency")
		}
		mustSubmit(t, g, message(1, 1, 1))
		before, changed := g.Tip(), g.Changed()
		appendRaw(t, st, before, "from.the_future", true)
		<-changed
		if code := codeOf(g.Halted()); code != "halted" || g.Tip() != before {
			t.Errorf("got %q at %d, want halted at %d", code, g.Tip().Seq, before.Seq)
		}
		if _, err := a.Agency(t.Context(), agencyID(1)); codeOf(err) != "halted" {
			t.Errorf("Agency: got %v, want halted", err)
		}
		if got := g.Submit(t.Context(), []models.Command{message(1, 2, 2)})[0]; codeOf(got.Err) != "halted" {
			t.Errorf("Submit: got %+v, want halted", got)
		}
		if ids := a.Halted(); !slices.Equal(ids, []models.AgencyID{agencyID(1)}) {
			t.Errorf("got %v halted, want the one", ids)
		}
		if _, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1)); codeOf(err) != "halted" {
			t.Errorf("a node that starts: got %v, want halted", err)
		}
		mustSubmit(t, neighbour, bySystem(&models.UserCreate{ID: personID(1), Username: "b", Name: "B", Types: models.Officer}))
	})
}

func TestInvariant6_AnotherNodeIsFollowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t)
		g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
		other, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1))
		if err != nil {
			t.Fatal(err)
		}
		var seen []record.Seq
		other.Subscribe(func(events []models.Event) {
			for _, e := range events {
				seen = append(seen, e.Seq)
			}
		})
		other.Subscribe(func([]models.Event) { panic("a subscriber's fault") })
		first := g.Tip().Seq
		for n := range 3 {
			mustSubmit(t, g, message(1, uint64(n+1), n+1))
			elapse(time.Second)
			if other.Tip() != g.Tip() {
				t.Errorf("after a second: got %+v, want %+v", other.Tip(), g.Tip())
			}
		}
		if want := []record.Seq{first + 1, first + 2, first + 3}; !slices.Equal(seen, want) {
			t.Errorf("subscriber: got %v, want %v", seen, want)
		}
		if age := time.Since(other.Confirmed()); age > time.Second {
			t.Errorf("the end of the log was confirmed %v ago", age)
		}
		mustSubmit(t, g, message(1, 4, 4))
		other.Nudge()
		synctest.Wait()
		if other.Tip() != g.Tip() {
			t.Error("a nudge did not have the log looked at")
		}
	})
}

func TestHashAt(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
	again, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1)) // has nothing in memory
	if err != nil {
		t.Fatal(err)
	}
	ends := map[record.Seq]record.Hash{0: {}}
	for after := record.Seq(0); ; {
		page, err := g.Batches(t.Context(), after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		h, err := record.Decode(page[0].Header)
		if err != nil {
			t.Fatal(err)
		}
		after = h.Last()
		ends[after] = record.Sum(page[0].Header)
	}
	for name, g := range map[string]*sync.Agency{"from memory": g, "from the log": again} {
		for seq := range g.Tip().Seq + 3 {
			want, end := ends[seq]
			if got, ok, err := g.HashAt(t.Context(), seq); err != nil || ok != end || ok && got != want {
				t.Errorf("%s, position %d: got %x, %v, %v, want %x, %v", name, seq, got, ok, err, want, end)
			}
		}
	}
	if _, err := g.Batches(t.Context(), 10_000, 1); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("batches behind the end: got %v, want not found", err)
	}
}

func TestInvitationExpiresByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t)
		a := openNode(t, st, sync.Options{})
		g := foundAgency(t, a, 1)
		if _, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1)); err != nil { // does the same
			t.Fatal(err)
		}
		mustSubmit(t, g, bySystem(&models.AgencyChange{Settings: models.SettingsPatch(`{"invitation_minutes":1}`)}))
		sent := mustSubmit(t, g, models.Command{Actor: personID(1), Body: &models.ConversationCreate{
			ID: roomID(7), Invitees: []models.UserID{personID(2), personID(3)},
		}})[0]
		id := sent.Events[1].Body.(*models.InvitationSent).ID
		state := func() (s models.InvitationState) {
			g.View(func(st *models.State) { s = st.Invitation(id).State })
			return s
		}
		elapse(55 * time.Second)
		if got := state(); got != models.InvitationPending {
			t.Errorf("before its time: got %s", got)
		}
		elapse(15 * time.Second)
		if got := state(); got != models.InvitationExpired {
			t.Errorf("after its time: got %s", got)
		}
	})
}

func TestFloorRises(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := foundAgency(t, openNode(t, openStore(t), sync.Options{FloorEvents: 20, FloorAge: time.Hour, PollEvery: time.Minute}), 1)
		floor := func() (f record.Seq) {
			g.View(func(s *models.State) { f = s.Floor() })
			return f
		}
		begin := g.Tip().Seq
		for n := range 100 {
			mustSubmit(t, g, message(1, uint64(n+1), n+1))
			elapse(time.Minute)
		}
		got, tip := floor(), g.Tip().Seq
		if got < begin || got+20 > tip || got+60 > tip {
			t.Errorf("got a floor of %d at %d, want it over %d and an hour of events below the end", got, tip, begin)
		}
	})
}

func TestCreateAndList(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	a, b := openNode(t, st, sync.Options{}), openNode(t, st, sync.Options{})
	create := models.AgencyCreate{ID: agencyID(1), Name: "Campus Police", TimeZone: "America/Chicago"}
	if _, err := a.Agency(t.Context(), create.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("before it exists: got %v, want not found", err)
	}
	bad := create
	bad.TimeZone = "Nowhere"
	if _, err := a.Create(t.Context(), bad); codeOf(err) != "invalid" {
		t.Errorf("refused: got %v, want invalid", err)
	}
	if _, err := a.Agency(t.Context(), create.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("after a refusal: got %v, want not found", err)
	}
	g, err := b.Create(t.Context(), create)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Create(t.Context(), create); codeOf(err) != "exists" {
		t.Errorf("a second time, on a node that had begun an epoch of its own: got %v, want exists", err)
	}
	on, err := a.Agency(t.Context(), create.ID)
	if err != nil || on.Tip() != g.Tip() || on.Tip().Epoch == 0 {
		t.Errorf("got %+v, %v, want the tip %+v", on.Tip(), err, g.Tip())
	}
	if ids, err := a.List(t.Context()); err != nil || !slices.Equal(ids, []models.AgencyID{create.ID}) {
		t.Errorf("list: got %v, %v", ids, err)
	}
}
