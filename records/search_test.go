package records_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/records"
	"officermobile/store"
	"officermobile/store/sqlite"
)

func docs(t testing.TB) *sqlite.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// rig is a world with a service that ends blocks early.
func rig(t testing.TB) (*world, *records.Service) {
	w := newWorld(t)
	s, _ := w.open(docs(t), records.Options{}, 3, 20)
	return w, s
}

// texts are what a search finds, the newest first: messages by text, dispatches by location.
func (w *world) texts(s *records.Service, u models.UserID, q wire.Search) []string {
	w.t.Helper()
	if q.Limit == 0 {
		q.Limit = wire.MaxHits
	}
	page, err := s.Search(w.t.Context(), w.as(u), q)
	w.check(err)
	all := []string{}
	for _, h := range page.Hits {
		switch {
		case h.Message != nil:
			all = append(all, h.Message.Text)
		case h.Note != nil:
			all = append(all, h.Note.Text)
		default:
			all = append(all, "@"+h.Data.Location)
		}
	}
	return all
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestSearchFindsWords(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	id := w.dispatch(0, models.Facts{Location: "Café Zürich", IndoorLocation: "Balcony", Description: "loud noise", Category: []string{"Disorder"}, CallSource: "911"})
	c := models.ConversationOf(id)
	w.post(w.ada, c, "Nothing heard at the CAFE.")
	w.post(w.ada, c, "noise again, north gate-4")
	w.post(w.dan, c, "gates closed")
	for q, found := range map[string][]string{
		"cafe":                {"Nothing heard at the CAFE.", "@Café Zürich"},
		"CAFÉ zurich":         {"@Café Zürich"},
		"noise":               {"noise again, north gate-4", "@Café Zürich"},
		"gate":                {"gates closed", "noise again, north gate-4"},
		"gate north":          {"noise again, north gate-4"},
		"nort gate":           {},
		"4":                   {"noise again, north gate-4"},
		"disorder":            {"@Café Zürich"},
		"balcony":             {"@Café Zürich"},
		"91":                  {"@Café Zürich"},
		"heard noise":         {},
		"!?":                  {},
		"%":                   {},
		"g%te":                {},
		"gate/ ../h $where":   {},
		"'; DROP TABLE x; --": {},
		"\x00":                {},
	} {
		want(t, q, w.texts(s, w.ada, wire.Search{Text: q}), found...)
	}
	want(t, "by person", w.texts(s, w.ada, wire.Search{Person: w.dan}), "gates closed")
	want(t, "by person and word", w.texts(s, w.ada, wire.Search{Person: w.ada, Text: "noi"}), "noise again, north gate-4", "@Café Zürich")
	want(t, "by dispatch", w.texts(s, w.ada, wire.Search{Dispatch: id, Text: "closed"}), "gates closed")
	d := w.state.Dispatch(id)
	numbered := wire.Search{Number: d.Number, Date: d.BusinessDate}
	want(t, "by number", w.texts(s, w.ada, numbered), "gates closed", "noise again, north gate-4", "Nothing heard at the CAFE.", "@Café Zürich")
	numbered.Zone = w.zones[1]
	want(t, "by number in another zone", w.texts(s, w.ada, numbered))
	want(t, "by another number", w.texts(s, w.ada, wire.Search{Number: d.Number + 1, Date: d.BusinessDate}))
	for _, q := range []wire.Search{
		{Number: 1}, {Date: "2030-05-01"}, {Zone: w.zones[0]}, {Number: 1, Date: "May"}, {Cursor: "x"}, {Cursor: "AQ"}, {Text: strings.Repeat("a ", 9)},
	} {
		if _, err := s.Search(t.Context(), w.as(w.ada), q); models.AsError(err) == nil || models.AsError(err).Kind != models.KindInvalid {
			t.Errorf("%+v: got %v, want it refused", q, err)
		}
	}
}

// A dispatch stands once, where what is known of it was last said, and is found by what is known of it now.
func TestSearchFindsADispatchAsItIsNow(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	id := w.dispatch(0, models.Facts{Location: "pier"})
	for range 9 {
		w.post(w.ada, models.ConversationOf(id), "x")
	}
	place, text := "harbor", "fire"
	w.must(w.ada, &models.DispatchChange{DispatchID: id, Location: &place})
	w.must(w.dan, &models.DispatchChange{DispatchID: id, Description: &text})
	want(t, "what it was", w.texts(s, w.ada, wire.Search{Text: "pier"}))
	want(t, "what it is", w.texts(s, w.ada, wire.Search{Text: "harbor"}), "@harbor")
	want(t, "by who created it", w.texts(s, w.ada, wire.Search{Text: "fire", Person: w.ada}), "@harbor")
}

func TestSearchShowsWhatTheAskerMaySeeNow(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	secret := newID[models.ConversationID](w)
	w.must(w.olga, &models.ConversationCreate{ID: secret, Invitees: []models.UserID{w.omar}})
	w.post(w.olga, secret, "swordfish one")
	w.must(w.olga, &models.Invite{ConversationID: secret, Invitees: []models.UserID{w.rita}})
	invitation := models.InvitationID{}
	for _, e := range w.events {
		if b, ok := e.Body.(*models.InvitationSent); ok && b.Invitee == w.rita {
			invitation = b.ID
		}
	}
	w.must(w.rita, &models.Accept{InvitationID: invitation})
	w.post(w.omar, secret, "swordfish two")
	q := wire.Search{Text: "swordfish"}
	want(t, "a member", w.texts(s, w.olga, q), "swordfish two", "swordfish one")
	want(t, "who joined later", w.texts(s, w.rita, q), "swordfish two")
	want(t, "an administrator who is not in it", w.texts(s, w.ada, q))
	w.must(w.olga, &models.Remove{ConversationID: secret, UserID: w.rita})
	want(t, "who was removed", w.texts(s, w.rita, q))

	far := w.dispatch(1, models.Facts{Location: "swordfish"})
	w.post(w.ada, models.ConversationOf(far), "swordfish three")
	want(t, "a dispatcher of another zone", w.texts(s, w.dan, q))
	w.retire(far)
	want(t, "retired, for an administrator", w.texts(s, w.ada, q), "swordfish three", "@swordfish")
	want(t, "retired, in another zone", w.texts(s, w.dan, q))
	for what, query := range map[string]wire.Search{
		"another zone's": {Dispatch: far}, "absent": {Dispatch: newID[models.DispatchID](w)}, "its number": {Number: 1, Date: "2030-05-01", Zone: w.zones[1]},
	} {
		query.Limit = 10
		page, err := s.Search(t.Context(), w.as(w.dan), query)
		if err != nil || len(page.Hits) > 0 || page.Next != "" || page.More {
			t.Errorf("%s: got %+v, %v, want nothing", what, page, err)
		}
	}
	if _, err := s.Search(t.Context(), wire.Caller{Agency: newID[models.AgencyID](w), User: w.ada}, q); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another agency: got %v, want not found", err)
	}
}

func TestRedactedIsNotFound(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	c := models.ConversationOf(w.dispatch(0, models.Facts{}))
	w.post(w.ada, c, "gone")
	seq := w.state.Seq
	w.post(w.ada, c, "gone not")
	w.mu.Lock()
	w.redacted[seq] = true
	w.mu.Unlock()
	want(t, "redacted", w.texts(s, w.ada, wire.Search{Text: "gone"}), "gone not")
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, found := range map[string][]string{
		"":                               nil,
		"a A á":                          {"a"},
		"Straße STRASSE":                 {"strasse"},
		"7ABC-123 can't":                 {"123", "7abc", "can", "t"},
		"патруль ПАТРУЛЬ":                {"патруль"},
		"ﬁre":                            {"fire"},
		strings.Repeat("x", 50) + " yes": {strings.Repeat("x", 40), "yes"},
		"a\u0301b":                       {"ab"},
		"\xff\xfe":                       nil,
	} {
		if got := records.Words(text); !slices.Equal(got, found) {
			t.Errorf("%q: got %q, want %q", text, got, found)
		}
	}
	for _, word := range []string{"a", "ab", "патруль", "地", "地図"} {
		if b := records.Bucket(word); strings.Trim(b, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			t.Errorf("bucket of %q: got %q", word, b)
		}
	}
	if records.Bucket("gate") != records.Bucket("ga") || records.Bucket("gate") == records.Bucket("g") {
		t.Error("words with the same beginning share a bucket, from two characters on")
	}
}

// Notes and responses are found as what is said of a dispatch, also when it has left memory.
func TestSearchFindsNotesAndResponses(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	id, task := w.dispatch(0, models.Facts{Location: "pier"}), newID[models.TaskID](w)
	w.must(w.ada, &models.DispatchLog{DispatchID: id, ID: newID[models.LogID](w), Text: "gate locked"},
		&models.TaskCreate{ID: task, DispatchID: id}, &models.TaskClear{TaskID: task, Response: "gate repaired"})
	for range 2 {
		want(t, "by word", w.texts(s, w.dan, wire.Search{Text: "gate"}), "gate repaired", "gate locked")
		want(t, "by person", w.texts(s, w.dan, wire.Search{Person: w.ada, Text: "locked"}), "gate locked")
		want(t, "by dispatch", w.texts(s, w.dan, wire.Search{Dispatch: id}), "gate repaired", "gate locked", "@pier")
		want(t, "who may not see it", w.texts(s, w.olga, wire.Search{Text: "gate"}))
		if w.state.Dispatch(id) != nil {
			w.retire(id)
		}
	}
}

// A dispatch that was moved to another operational zone is found by its old number and by the new one.
func TestSearchFindsOldNumbers(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	for range 2 {
		w.dispatch(1, models.Facts{})
	}
	id := w.dispatch(0, models.Facts{Location: "pier"})
	old := *w.state.Dispatch(id)
	w.must(w.ada, &models.DispatchChange{DispatchID: id, WorkZone: &w.works[1]})
	now := *w.state.Dispatch(id)
	if old.Number == now.Number {
		t.Fatal("the number is the same")
	}
	for _, q := range []wire.Search{
		{Number: old.Number, Date: old.BusinessDate, Zone: old.Zone}, {Number: now.Number, Date: now.BusinessDate, Zone: now.Zone},
		{Number: now.Number, Date: now.BusinessDate},
	} {
		want(t, "by number", w.texts(s, w.ada, q), "@pier")
		want(t, "who may not see it now", w.texts(s, w.dan, q))
	}
	want(t, "the old number in the new zone", w.texts(s, w.ada, wire.Search{Number: 9, Date: old.BusinessDate, Zone: now.Zone}))
}

// A search that has no time goes over one block for each page, and finds what it would find at leisure: also the
// dispatches of a number, which it has to know before it begins.
func TestASearchThatIsCutFindsAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.dispatch(0, models.Facts{Location: "pier"})
	found := []string{"@pier"}
	for i := range 20 {
		found = slices.Insert(found, 0, fmt.Sprint(i))
		w.post(w.ada, models.ConversationOf(id), found[0])
	}
	hurried, _ := w.open(docs(t), records.Options{Clock: clock.Scaled(time.Now(), 1e9)}, 3, 20)
	d := w.state.Dispatch(id)
	for _, q := range []wire.Search{{Dispatch: id, Limit: 100}, {Number: d.Number, Date: d.BusinessDate, Limit: 100}} {
		got, ok := (&story{world: w}).pages(hurried, w.ada, q)
		for !ok { // the index is still being written
			got, ok = (&story{world: w}).pages(hurried, w.ada, q)
		}
		want(t, "page by page", got, found...)
		if page, err := hurried.Search(t.Context(), w.as(w.ada), q); err != nil || !page.More {
			t.Errorf("got %d hits at once, %v, want the first page cut", len(page.Hits), err)
		}
	}
}

// Rows of another index version are left alone, and the index is made anew beside them.
func TestAnotherIndexVersionIsMadeAnew(t *testing.T) {
	t.Parallel()
	w, st := newWorld(t), docs(t)
	old := store.Document{Kind: "index_position", ID: w.agency.Hex() + "/1", Body: []byte(`{"seq":99999,"blocks":7}`)}
	if _, err := st.PutIf(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	w.post(w.ada, models.ConversationOf(w.dispatch(0, models.Facts{})), "north gate")
	for range 2 { // the second goes on from what the first wrote
		s, kill := w.open(st, records.Options{}, 3, 20)
		want(t, "what was written before", w.texts(s, w.ada, wire.Search{Text: "gate"}), "north gate")
		kill()
	}
	if d, err := st.Get(t.Context(), old.Kind, old.ID); err != nil || string(d.Body) != string(old.Body) {
		t.Errorf("got %s, %v, want the other version's position as it was", d.Body, err)
	}
}

// A hit in a broadcast that has left memory says what it was called and where it went, as before.
func TestSearchNamesABroadcastThatHasLeft(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	b := &models.BroadcastCreate{
		ID: newID[models.ConversationID](w), Team: w.teams[0], Title: "Weather", MessageID: newID[models.MessageID](w), Text: "storm at noon",
	}
	w.must(w.dan, b)
	label := func() wire.Label {
		t.Helper()
		page, err := s.Search(t.Context(), w.as(w.dan), wire.Search{Text: "storm", Limit: 2})
		w.check(err)
		if len(page.Hits) != 1 {
			t.Fatalf("got %d hits, want the message", len(page.Hits))
		}
		return page.Hits[0].Label
	}
	before := label()
	if want := (wire.Label{Kind: models.BroadcastKind, Title: "Weather", Zone: w.zones[0], Team: w.teams[0]}); before != want {
		t.Fatalf("got label %+v, want %+v", before, want)
	}
	w.must(w.dan, &models.BroadcastEnd{ConversationID: b.ID})
	w.now += models.Micros(2 * time.Hour / time.Microsecond)
	w.must(models.UserID{}, &models.Retire{ConversationID: b.ID})
	if w.state.Conversation(b.ID) != nil {
		t.Fatal("the broadcast is still in memory")
	}
	if after := label(); after != before {
		t.Errorf("got label %+v, want %+v as before", after, before)
	}
}
