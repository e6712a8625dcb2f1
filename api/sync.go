package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/gin-gonic/gin"
)

// Sync is the difference between what a device holds and what its user may see.
type Sync interface {
	// Sync carries out the outbox, takes the presence and makes a page. Trouble of a lane or of the page is in the
	// answer; an error is a request that can't be understood (KindInvalid) or internal.
	Sync(ctx context.Context, caller wire.Caller, request wire.SyncRequest) (wire.SyncAnswer[any], error)
	// Live calls write for each frame until ctx ends, write fails, or the stream has nothing more to say.
	Live(ctx context.Context, caller wire.Caller, request wire.LiveRequest, write func(wire.Frame) error) error
	// History answers rows of a conversation numbered below before (0: the newest), in order; ErrNotFound for a
	// conversation that the caller is not in.
	History(ctx context.Context, caller wire.Caller, conversation models.ConversationID, before uint32, limit int) (wire.Messages, error)
	// Sealed answers a dispatch that has left the panels; ErrNotFound for who may not see it and for one that has not.
	Sealed(ctx context.Context, caller wire.Caller, id models.DispatchID) (*models.Sealed, error)
	// Repair answers one scope anew.
	Repair(ctx context.Context, caller wire.Caller, request wire.RepairRequest) (wire.Page[any], error)
	// Message is the event of a message, for who may know what became of it; ErrNotFound for everybody else.
	Message(ctx context.Context, caller wire.Caller, id models.MessageID) (models.Event, error)
	// Delivery is what is known of a row on a device that a recipient uses or used.
	Delivery(agency models.AgencyID, device models.DeviceID, user models.UserID, row wire.RowRef) wire.Delivery
	// Acks are when users acknowledged a message, of those who did.
	Acks(ctx context.Context, agency models.AgencyID, id models.MessageID, users []models.UserID) (map[models.UserID]models.Micros, error)
	// Steps are the events by which an urgent message was escalated, in order.
	Steps(ctx context.Context, agency models.AgencyID, id models.MessageID) ([]models.Event, error)
	// Positions are the last known places of officers on duty whom the caller may see, by user.
	Positions(ctx context.Context, caller wire.Caller) ([]wire.UserPresence, error)
	// Presence is what is known of a device's presence.
	Presence(agency models.AgencyID, device models.DeviceID) wire.DevicePresence
	// Report takes a device's presence.
	Report(ctx context.Context, caller wire.Caller, presence wire.Presence) error
}

const syncPath = "/v1/sync"

// unavailableMS is after how long to ask again for a page that an internal error prevented.
const unavailableMS = 1000

// syncInput is what a sync has beside its body.
type syncInput struct {
	DeviceKey string `header:"Device-Key" doc:"With renew: the key given at sign-in."`
}

// sync answers 200 whenever the caller is who they are: a device that was cut off for an hour gets its new session,
// the outcome of its outbox and its page in one round trip, and none of them fails with another.
func (a *API) sync(c *gin.Context) {
	ctx := c.Request.Context()
	var request wire.SyncRequest
	if err := a.decode(c, maxSyncBody, &request); err != nil {
		a.fail(c, err)
		return
	}
	if err := errors.Join(request.Presence.Check(), wire.CheckPushes(request.Pushes)); err != nil {
		if !raises(&request) {
			a.fail(c, err)
			return
		}
		request.Presence, request.Pushes = nil, nil // which are no reason to lose a panic
	}
	ex := exchangeOf(ctx)
	session, err := a.callerOfSync(ex, a.table["POST "+syncPath], request.Renew)
	if wiped := (*auth.Wiped)(nil); errors.As(err, &wiped) {
		a.reply(c, http.StatusOK, wire.SyncAnswer[any]{Session: &wire.Session{Wipe: true}})
		return
	}
	if err == nil {
		err = a.countSync(ex, &request)
	}
	if err != nil && session == nil {
		a.fail(c, err)
		return
	}
	answer := wire.SyncAnswer[any]{PageError: &wire.PageError{Code: "limited", RetryMS: unavailableMS}}
	if err == nil {
		answer, err = a.passed(c, ex, request)
	}
	if err != nil && session == nil {
		a.fail(c, err)
		return
	}
	a.replySession(c, session, answer)
}

// callerOfSync says who asks: by the refresh token, if one came along, whatever became of the access token; else as
// everywhere. A renewal that can't be done right now leaves the access token's word.
func (a *API) callerOfSync(ex *exchange, r *route, refresh string) (*wire.Session, error) {
	if refresh == "" {
		caller, err := a.identify(ex)
		if err != nil {
			return nil, err
		}
		return nil, a.admit(ex, r, caller)
	}
	renewed, err := a.deps.Auth.Renew(ex.request.Context(), refresh, ex.request.Header.Get("Device-Key"))
	if later(err) {
		return a.callerOfSync(ex, r, "")
	}
	if err != nil {
		if limited := a.limits.stranger(ex.remote, a.opts.Clock.Now()); limited != nil {
			return nil, limited
		}
		return nil, err
	}
	if err := a.admit(ex, r, renewed.Caller); err != nil {
		return nil, err
	}
	return a.sessionOf(ex.request.Context(), renewed), nil
}

func later(err error) bool {
	e := models.AsError(err)
	return e != nil && (e.Kind == models.KindUnavailable || e.Kind == models.KindFull)
}

// passed makes the pass. An internal error is logged, and is for the client a page that comes later.
func (a *API) passed(c *gin.Context, ex *exchange, request wire.SyncRequest) (wire.SyncAnswer[any], error) {
	ctx := c.Request.Context()
	old := a.tooOld(c.Request) != nil
	if old {
		request.WaitMS = 0
	}
	if request.WaitMS > 0 {
		ex.held = true
		a.forgetReadDeadline(c)
	}
	a.tellPushes(ex, request.Pushes)
	request.Renew, request.Pushes = "", nil
	answer, err := a.deps.Sync.Sync(ctx, ex.wireCaller(), request)
	a.noteLanes(ex, request.Lanes, answer.Lanes)
	if err == nil && old {
		answer.Page, answer.PageError = nil, &wire.PageError{Code: codeTooOld, RetryMS: tooOldMS}
	}
	if err == nil {
		return answer, nil
	}
	if e := models.AsError(err); e != nil && !later(err) {
		return wire.SyncAnswer[any]{PageError: &wire.PageError{Code: e.Code, RetryMS: unavailableMS}}, err
	}
	p := a.problem(ctx, err)
	return wire.SyncAnswer[any]{PageError: &wire.PageError{Code: "unavailable", RetryMS: max(p.retryMS, unavailableMS)}}, nil
}

// forgetReadDeadline lets a request wait longer than its body was allowed to take: net/http goes on reading, to learn
// that the client went away, and would take a passed deadline for that.
func (a *API) forgetReadDeadline(c *gin.Context) {
	if err := http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}); err != nil {
		a.opts.Logger.Debug("lift a read deadline", "error", err)
	}
}

func (a *API) repair(c *gin.Context) {
	var request wire.RepairRequest
	if err := a.decode(c, maxBody, &request); err != nil {
		a.fail(c, err)
		return
	}
	if request.Scope == (models.Scope{}) {
		a.fail(c, models.Invalid("scope", "is missing"))
		return
	}
	ctx := c.Request.Context()
	page, err := a.deps.Sync.Repair(ctx, exchangeOf(ctx).wireCaller(), request)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.reply(c, http.StatusOK, page)
}
