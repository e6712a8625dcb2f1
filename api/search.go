package api

import (
	"context"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// Records answers about the past, within what the caller may see now.
type Records interface {
	// Search finds messages and dispatches, the newest first.
	Search(ctx context.Context, who wire.Caller, q wire.Search) (wire.Found, error)
	// Shifts lists shifts, the latest beginning first.
	Shifts(ctx context.Context, who wire.Caller, q wire.ShiftQuery) (wire.Shifts, error)
	// Record hands what somebody sent and received to out, line by line; KindUnavailable while another is being made. An
	// error of out ends it.
	Record(ctx context.Context, who wire.Caller, q wire.RecordQuery, out func(wire.RecordLine) error) error
}

// Span is a span of time. It is exported because Huma passes over embedded types that are not.
type Span struct {
	From time.Time `query:"from" doc:"RFC 3339; from then on."`
	To   time.Time `query:"to" doc:"RFC 3339; before then."`
}

func (s Span) micros() (from, to models.Micros) { return microsOf(s.From), microsOf(s.To) }

// microsOf is a time as the log has it; 0 for none.
func microsOf(t time.Time) models.Micros {
	if t.IsZero() {
		return 0
	}
	return models.Micros(t.UnixMicro())
}

type searchInput struct {
	Span
	Text     string            `query:"q" maxLength:"200" doc:"Words, at most eight, all of which must be there; the last may be unfinished. Case and accents make no difference."`
	Person   models.UserID     `query:"person" doc:"Who wrote the message, or created the dispatch."`
	Dispatch models.DispatchID `query:"dispatch" doc:"A dispatch and its conversation."`
	Number   uint32            `query:"number" doc:"Dispatch number; with date."`
	Date     string            `query:"date" maxLength:"10" doc:"Business date, YYYY-MM-DD; with number."`
	Zone     models.ZoneID     `query:"zone" doc:"Operational zone; with number."`
	Cursor   string            `query:"cursor" maxLength:"40" doc:"The next of the page before."`
	Limit    int               `query:"limit" minimum:"1" maximum:"50" doc:"At most 50; 20 if absent."`
}

// defaultHits fill a screen.
const defaultHits = 20

func (a *API) search(ctx context.Context, in *searchInput) (*answer[wire.Found], error) {
	if in.Limit == 0 {
		in.Limit = defaultHits
	}
	q := wire.Search{
		Text: in.Text, Person: in.Person, Dispatch: in.Dispatch, Number: in.Number, Date: in.Date, Zone: in.Zone,
		Cursor: in.Cursor, Limit: in.Limit,
	}
	q.From, q.To = in.micros()
	ex := exchangeOf(ctx)
	found, err := a.deps.Records.Search(ctx, ex.wireCaller(), q)
	ex.filters, ex.hits = in.filters(), len(found.Hits)
	return answered(found), err
}

// filters are the names of what a search is narrowed by. What was searched for is nobody else's business.
func (in *searchInput) filters() (names []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"q", in.Text != ""}, {"person", !in.Person.IsZero()}, {"dispatch", !in.Dispatch.IsZero()}, {"number", in.Number != 0},
		{"date", in.Date != ""}, {"zone", !in.Zone.IsZero()}, {"from", !in.From.IsZero()}, {"to", !in.To.IsZero()},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

type shiftsInput struct {
	Span
	User   models.UserID `query:"user" doc:"One officer's."`
	Zone   models.ZoneID `query:"zone" doc:"In one operational zone."`
	Cursor string        `query:"cursor" maxLength:"40" doc:"The next of the page before."`
	Limit  int           `query:"limit" minimum:"1" maximum:"200" doc:"At most 200; 50 if absent."`
}

// defaultShifts are a day of a middling agency.
const defaultShifts = 50

func (a *API) shifts(ctx context.Context, in *shiftsInput) (*answer[wire.Shifts], error) {
	if in.Limit == 0 {
		in.Limit = defaultShifts
	}
	q := wire.ShiftQuery{User: in.User, Zone: in.Zone, Cursor: in.Cursor, Limit: in.Limit}
	q.From, q.To = in.micros()
	found, err := a.deps.Records.Shifts(ctx, exchangeOf(ctx).wireCaller(), q)
	return answered(found), err
}
