package api

import (
	"context"
	"io"
	"net/http"
	"slices"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
)

// NewDuress is the panic button. All of it may be absent, and what of it is not understood is passed over, as in an
// outbox: a panic is never refused for a detail.
type NewDuress struct {
	_         struct{}          `additionalProperties:"true"`
	ID        models.DispatchID `json:"id,omitzero" doc:"Of the dispatch. With the same id it may also be sent by sync: the two are one."`
	MessageID models.MessageID  `json:"message_id,omitzero"` // of its urgent message; minted by the client, absent: by the server
	Lat       *float64          `json:"lat,omitzero" doc:"WGS 84 degrees; absent, the last known position counts."`
	Lon       *float64          `json:"lon,omitzero"`        // WGS 84 degrees, with lat
	AccuracyM float64           `json:"accuracy_m,omitzero"` // radius in metres
}

// duress has a rate of its own, so that nothing else which a device or a user does can take it away. A thumb that shakes
// is answered from the press that stands, and not counted at all.
func (a *API) duress(c *gin.Context) {
	ctx := c.Request.Context()
	w, err := a.raised(ctx, a.press(c), c.GetHeader("Idempotency-Key"))
	if err != nil {
		a.fail(c, err)
		return
	}
	a.reply(c, http.StatusCreated, w)
}

// press is what the body says, as far as it is understood. Behind one that is no JSON nothing on the connection is trusted.
func (a *API) press(c *gin.Context) (b models.DuressRaise) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if len(body) > 0 && err == nil {
		err = json.Unmarshal(body, &b)
	}
	if err != nil {
		c.Writer.Header().Set("Connection", "close")
	}
	return b
}

func (a *API) raised(ctx context.Context, b models.DuressRaise, key string) (Written, error) {
	if w, err := a.raisedBefore(ctx, true); err != nil || w.ID != "" {
		return w, err
	}
	if err := a.limits.alarm(exchangeOf(ctx).caller, a.opts.Clock.Now()); err != nil {
		return Written{}, err
	}
	if checkKey(key) != nil {
		key = ""
	}
	again := b // what is minted for the one is not for the other
	w, err := a.write(ctx, key, basis{}, &b)
	if e := models.AsError(err); e != nil && e.Kind == models.KindMismatch {
		return a.write(ctx, "", basis{}, &again) // the key is from another press
	}
	return w, err
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
	if raises(r) && a.limits.alarm(ex.caller, a.opts.Clock.Now()) == nil {
		return nil
	}
	return a.count(ex, len(r.Lanes["0"].Commands) > 0)
}

// raises reports a sync with a duress.
func raises(r *wire.SyncRequest) bool {
	return slices.ContainsFunc(r.Lanes["0"].Commands, func(c wire.Command) bool {
		return c.Type == (*models.DuressRaise)(nil).CommandType()
	})
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
