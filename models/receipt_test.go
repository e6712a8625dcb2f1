package models_test

import (
	"testing"

	"officermobile/models"
)

// TestReadAtIsTheFirstMarkAtOrPast: twelve marks, of which eight are remembered.
func TestReadAtIsTheFirstMarkAtOrPast(t *testing.T) {
	t.Parallel()
	full, few := &models.Mark{N: 120, At: 1200, Rev: 12}, &models.Mark{N: 20, At: 200, Rev: 2}
	for i := uint32(5); i <= 12; i++ {
		full.Steps = append(full.Steps, models.MarkStep{N: 10 * i, At: models.Micros(100 * i)})
	}
	for i := uint32(1); i <= 2; i++ {
		few.Steps = append(few.Steps, models.MarkStep{N: 10 * i, At: models.Micros(100 * i)})
	}
	for name, c := range map[string]struct {
		mark  *models.Mark
		n     uint32
		at    models.Micros
		exact bool
		read  bool
	}{
		"no mark":                      {nil, 1, 0, false, false},
		"behind the mark":              {full, 121, 0, false, false},
		"no row":                       {full, 0, 0, false, false},
		"the newest step":              {full, 111, 1200, true, true},
		"on a step":                    {full, 110, 1100, true, true},
		"the oldest step but one":      {full, 51, 600, true, true},
		"before what is remembered":    {full, 50, 500, false, true},
		"long before":                  {full, 1, 500, false, true},
		"nothing was forgotten":        {few, 1, 100, true, true},
		"a mark of an earlier version": {&models.Mark{N: 9, At: 900, Rev: 3}, 4, 900, false, true},
	} {
		at, exact, read := c.mark.ReadAt(c.n)
		if at != c.at || exact != c.exact || read != c.read {
			t.Errorf("%s: got %d, exact %v, read %v, want %d, %v, %v", name, at, exact, read, c.at, c.exact, c.read)
		}
	}
}

// TestMarksRememberTheirSteps: the fold keeps the newest eight, and a snapshot keeps them too.
func TestMarksRememberTheirSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.dispatch().Conversation
	var read []models.Micros
	for range 10 {
		w.do(w.dan, &models.MessagePost{ConversationID: c, ID: newID[models.MessageID](w), Text: "x"})
		w.do(w.admin, &models.ReadUpTo{ConversationID: c, N: w.state.Conversation(c).LastN})
		read = append(read, w.state.At)
	}
	b, err := w.state.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := models.LoadSnapshot(b)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*models.State{"folded": w.state, "loaded": loaded} {
		m := s.Mark(c, w.admin)
		if len(m.Steps) != 8 {
			t.Fatalf("%s: got %d steps, want 8", name, len(m.Steps))
		}
		for i, want := range read {
			at, exact, ok := m.ReadAt(uint32(i + 1))
			if !ok || exact != (i > 2) || exact && at != want || at < want {
				t.Errorf("%s: row %d: got %d, exact %v, %v, want %d", name, i+1, at, exact, ok, want)
			}
		}
	}
}

func TestWhoMayAskForReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.task(d, w.olga)
	w.do(w.omar, &models.Comment{DispatchID: d.ID})
	w.do(w.olga, &models.MessagePost{ConversationID: d.Conversation, ID: newID[models.MessageID](w), Text: "x"})
	n := w.state.Conversation(d.Conversation).LastN
	talk := newID[models.ConversationID](w)
	w.do(w.dan, &models.ConversationCreate{ID: talk, Invitees: []models.UserID{w.olga}})
	w.do(w.olga, &models.MessagePost{ConversationID: talk, ID: newID[models.MessageID](w), Text: "x"})
	retired := models.ConversationID{1}
	names := map[models.UserID]string{w.admin: "ada", w.dan: "dan", w.rita: "rita", w.sam: "sam", w.olga: "olga", w.omar: "omar", w.cad: "cad"}
	for name, c := range map[string]struct {
		conversation models.ConversationID
		n            uint32
		may          []models.UserID
	}{
		"of a dispatch":     {d.Conversation, n, []models.UserID{w.admin, w.dan, w.olga}},
		"of a personal one": {talk, w.state.Conversation(talk).LastN, []models.UserID{w.dan, w.olga}},
		"not in the state":  {retired, 1, nil},
	} {
		for u, who := range names {
			want := false
			for _, m := range c.may {
				want = want || m == u
			}
			if got := w.state.MayAskReceipts(u, w.olga, c.conversation, c.n); got != want {
				t.Errorf("%s by %s: got %v, want %v", name, who, got, want)
			}
		}
	}
}
