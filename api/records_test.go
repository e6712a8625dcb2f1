package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/records"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

// past is the log as main hands it to records.
type past struct{ *world }

func newRecords(t testing.TB, w *world, docs store.Documents) *records.Service {
	s := records.New(records.Deps{Documents: docs, Feed: past{w}, Log: past{w}, Sight: past{w}}, records.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() { cancel(); check(t, <-done) })
	return s
}

func (p past) Agencies(context.Context) ([]models.AgencyID, error) { return p.ids[:], nil }

func (p past) View(ctx context.Context, id models.AgencyID, fn func(*models.State)) error {
	return p.world.View(ctx, id, func(s *models.State) error { fn(s); return nil })
}

func (p past) Events(ctx context.Context, id models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	g, err := p.agencies.Agency(ctx, id)
	if err != nil {
		return nil, after, err
	}
	events, ok := g.Latest(after, limit)
	if !ok || len(events) == 0 {
		return nil, after, nil
	}
	return events, events[len(events)-1].Seq, nil
}

func (p past) Changed(id models.AgencyID) <-chan struct{} {
	g, err := p.agencies.Agency(context.Background(), id)
	if err != nil {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	return g.Changed()
}

func (p past) Row(ctx context.Context, id models.AgencyID, c models.ConversationID, n uint32) (models.Entry, bool, error) {
	g, err := p.agencies.Agency(ctx, id)
	if err != nil {
		return models.Entry{}, false, err
	}
	rows, err := g.Timeline(ctx, c, n, n+1, 1)
	if err != nil || len(rows) == 0 {
		return models.Entry{}, false, err
	}
	return rows[0], true, nil
}

func (p past) Sealed(ctx context.Context, id models.AgencyID, thing record.UUID) (*models.Sealed, error) {
	g, err := p.agencies.Agency(ctx, id)
	if err != nil {
		return nil, err
	}
	return g.Sealed(ctx, thing)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	find := func(i int, who, query string) wire.Found {
		t.Helper()
		rec := w.call(i, who, "GET", "/v1/search?"+query, "")
		wantStatus(t, rec, http.StatusOK)
		return decoded[wire.Found](t, rec)
	}
	hits := find(0, "officer", "q=HELLO").Hits
	if len(hits) != 1 || hits[0].Message == nil || hits[0].Message.Text != "hello" || hits[0].Conversation != conversation || hits[0].At == 0 {
		t.Errorf("a member: got %+v", hits)
	}
	for what, found := range map[string]wire.Found{
		"who is not in it": find(0, "admin", "q=hello"), "the same officer of another agency": find(1, "officer", "q=hello"),
		"a dispatch of others": find(0, "far-officer", "dispatch="+dispatch.String()), "one that is not there": find(0, "far-officer", "dispatch="+absent),
		"outside the time": find(0, "officer", "q=hello&to=2020-01-01T00:00:00Z"),
	} {
		if len(found.Hits) != 0 || found.Next != "" || found.More || found.Behind {
			t.Errorf("%s: got %+v, want nothing", what, found)
		}
	}
	if hits := find(0, "officer", "dispatch="+dispatch.String()).Hits; len(hits) != 1 || hits[0].Data == nil || hits[0].Dispatch != dispatch {
		t.Errorf("the dispatch: got %+v", hits)
	}
	for _, query := range []string{"zone=" + zone.String(), "number=1", "cursor=!", "q=" + strings.Repeat("a+", 9), "limit=51", "person=x", "from=now", "what=ever"} {
		wantStatus(t, w.call(0, "officer", "GET", "/v1/search?"+query, ""), http.StatusUnprocessableEntity)
	}
}

func TestShifts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for who, want := range map[string]int{"admin": 1, "dispatcher": 1, "officer": 1, "far-dispatcher": 0, "far-officer": 0} {
		rec := w.call(0, who, "GET", "/v1/shifts", "")
		wantStatus(t, rec, http.StatusOK)
		if got := decoded[wire.Shifts](t, rec).Shifts; len(got) != want || want == 1 && (got[0].User != userID("officer") || got[0].CallSign != "A1") {
			t.Errorf("%s: got %+v, want %d", who, got, want)
		}
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := func(who string) string { return "/v1/records/" + userID(who).String() }
	span := "?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&reason=Request+12"
	rec := w.call(0, "admin", "GET", of("officer")+span, "")
	wantStatus(t, rec, http.StatusOK)
	if got := rec.Header().Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("got %s", got)
	}
	var lines []wire.RecordLine
	for text := range strings.Lines(rec.Body.String()) {
		var line wire.RecordLine
		check(t, json.Unmarshal([]byte(text), &line))
		lines = append(lines, line)
	}
	if len(lines) != 3 || lines[0].Request.By != userID("admin") || lines[0].Request.Reason != "Request 12" || lines[1].Row.Text != "hello" || lines[2].Proof.Sent != 1 {
		t.Errorf("got %s", rec.Body)
	}
	if e := w.trail("?what=get-record")[0]; e.User != userID("admin") || e.Why != "Request 12" || len(e.Objects) != 1 || e.Objects[0].ID != userID("officer").String() {
		t.Errorf("audit: got %+v", e)
	}
	missing := w.call(0, "admin", "GET", "/v1/records/"+absent+span, "")
	wantStatus(t, missing, http.StatusNotFound)
	for _, bad := range []string{"", "?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z", span + "&reason=twice", span + "&and=more", "?from=1&to=2&reason=x"} {
		wantStatus(t, w.call(0, "admin", "GET", of("officer")+bad, ""), http.StatusUnprocessableEntity)
	}
}
