package api

import (
	"context"
	"slices"

	"officermobile/models"
	"officermobile/models/wire"
)

// NewDuress is the panic button. All of it may be absent. Like all bodies of plain requests it is read strictly: its
// sender hears so at once. What waits in an outbox is read with more patience (models.DuressRaise).
type NewDuress struct {
	ID        models.DispatchID `json:"id,omitzero" doc:"Of the dispatch. With the same id it may also be sent by sync: the two are one."`
	MessageID models.MessageID  `json:"message_id,omitzero"` // of its urgent message; minted by the client, absent: by the server
	Lat       *float64          `json:"lat,omitzero" doc:"WGS 84 degrees; absent, the last known position counts."`
	Lon       *float64          `json:"lon,omitzero"`        // WGS 84 degrees, with lat
	AccuracyM float64           `json:"accuracy_m,omitzero"` // radius in metres
}

type duressInput struct {
	Keyed
	Body *NewDuress
}

// duress has a rate of its own, so that nothing else which a device or a user does can take it away. A thumb that shakes
// is answered from the press that stands, and not counted at all.
func (a *API) duress(ctx context.Context, in *duressInput) (*answer[Written], error) {
	if w, err := a.raisedBefore(ctx, true); err != nil || w.ID != "" {
		return answered(w), err
	}
	if err := a.limits.alarm(exchangeOf(ctx).caller, a.opts.Clock.Now()); err != nil {
		return nil, err
	}
	b := models.DuressRaise{}
	if in.Body != nil {
		b = models.DuressRaise(*in.Body)
	}
	return a.written(ctx, in.Key, &b)
}

// raisedBefore answers a press that folds into the one before: the caller's latest, or only while that stands.
func (a *API) raisedBefore(ctx context.Context, standing bool) (Written, error) {
	var w Written
	err := a.view(ctx, func(s *models.State) error {
		user := exchangeOf(ctx).caller.User
		d := s.DuressOf(user)
		if standing {
			d = s.StandingDuress(user, models.Micros(a.opts.Clock.Now().UnixMicro()))
		}
		if d != nil {
			w = Written{ID: d.ID.String(), Number: d.Number, Date: d.BusinessDate, Conversation: d.Conversation}
		}
		return nil
	})
	return w, err
}

// countSync counts a sync by what it carries. One with a duress has both rates to draw on.
func (a *API) countSync(ex *exchange, r *wire.SyncRequest) error {
	first := r.Lanes["0"].Commands
	raises := func(c wire.Command) bool { return c.Type == (*models.DuressRaise)(nil).CommandType() }
	if slices.ContainsFunc(first, raises) && a.limits.alarm(ex.caller, a.opts.Clock.Now()) == nil {
		return nil
	}
	return a.count(ex, len(first) > 0)
}

// Positions are the last known places of officers on duty.
type Positions struct {
	Positions []wire.UserPresence `json:"positions"`
}

func (a *API) positions(ctx context.Context, _ *empty) (*answer[Positions], error) {
	seen, err := a.deps.Sync.Positions(ctx, exchangeOf(ctx).wireCaller())
	if err != nil {
		return nil, err
	}
	if seen == nil {
		seen = []wire.UserPresence{}
	}
	return answered(Positions{seen}), nil
}
