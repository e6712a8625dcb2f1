package api

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"

	"officermobile/auth"
	"officermobile/models"

	"github.com/gin-gonic/gin"
)

// Verifier says who a token or cookie speaks for.
type Verifier interface {
	Verify(ctx context.Context, access string) (auth.Caller, error)
	VerifyCookie(ctx context.Context, value string) (auth.Caller, error)
}

// Reader shows an agency's present state.
type Reader interface {
	// View calls fn with the state under a read lock; fn must not keep what may change, nor block. It answers fn's
	// error, models.ErrNotFound for an unknown agency, or KindUnavailable.
	View(ctx context.Context, agency models.AgencyID, fn func(*models.State) error) error
}

// guard lets a request through to its handler: the body's form and size, who asks, whether they may, how often.
func (a *API) guard(c *gin.Context) {
	ex := exchangeOf(c.Request.Context())
	r := ex.row
	if r == nil {
		return
	}
	media := asJSON
	if r.is(csvBody) {
		media = asCSV
	}
	if err := checkBody(c.Request, r.limit(), media); err != nil && !r.is(anyBody) {
		a.fail(c, err)
		return
	}
	if old := a.tooOld(c.Request); old != nil && !r.servesOld() {
		a.fail(c, old)
		return
	}
	if r.is(ownAccess) {
		return
	}
	if err := a.enter(ex, r); err != nil {
		a.fail(c, err)
		return
	}
	if end, ok := a.ends[r.name]; ok { // only to who is let in: to others all routes answer alike
		end.announce(c.Writer.Header(), r.name)
	}
}

// enter says who asks and whether they may call the route at all.
func (a *API) enter(ex *exchange, r *route) error {
	if r.is(probe) {
		return nil
	}
	if r.who == nobody {
		return a.limits.stranger(ex.remote, a.opts.Clock.Now())
	}
	caller, err := a.identify(ex)
	if err != nil {
		return err
	}
	if err := a.admit(ex, r, caller); err != nil {
		return a.countDenied(ex, err)
	}
	if r.is(audited | ownAudit) {
		if err := a.deps.Audit.Ready(caller.Agency); err != nil {
			return err
		}
	}
	if r.is(ownCount) {
		return nil
	}
	return a.count(ex, r.is(urgent))
}

// identify says who asks, by Authorization header or by cookie. Who fails is counted by address, so that guessing is
// slow and nobody's good token suffers from a neighbour's bad ones.
func (a *API) identify(ex *exchange) (auth.Caller, error) {
	caller, err := a.verify(ex.request, ex.row)
	if e := models.AsError(err); e != nil && e.Kind == models.KindUnauthenticated {
		if limited := a.limits.stranger(ex.remote, a.opts.Clock.Now()); limited != nil {
			return caller, limited
		}
	}
	return caller, err
}

func (a *API) verify(r *http.Request, row *route) (auth.Caller, error) {
	if values := r.Header["Authorization"]; len(values) > 0 {
		scheme, token, ok := strings.Cut(values[0], " ")
		if len(values) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") {
			return auth.Caller{}, errNobody
		}
		if row.is(fetching) && !strings.Contains(token, ".") { // an access token has dots, a fetch token none
			return a.fetcher(r.Context(), token)
		}
		return a.deps.Auth.Verify(r.Context(), token)
	}
	value := auth.CookieOf(r)
	if value == "" {
		return auth.Caller{}, errNobody
	}
	if auth.CheckOrigin(r) != nil {
		return auth.Caller{}, errCrossSite
	}
	return a.deps.Auth.VerifyCookie(r.Context(), value)
}

// admit holds the caller to what the log says of them now: active, of a type that may, on a device that is theirs.
// A change takes effect with the first request that follows it.
func (a *API) admit(ex *exchange, r *route, caller auth.Caller) error {
	ex.caller = caller
	if caller.Key && r.needsSession() {
		return errNeedsSession
	}
	return a.deps.Reader.View(ex.request.Context(), caller.Agency, func(s *models.State) error {
		u := s.User(caller.User)
		if u == nil || !u.Active {
			return models.ErrInactive
		}
		if caller.Key && u.Types != models.Integration {
			return errNobody // a person's rights need a person
		}
		if d := s.Device(caller.Device); d != nil {
			if d.Revoked && d.Wipe {
				return &auth.Wiped{Caller: caller}
			}
			if d.Revoked || d.User != caller.User && !r.is(unbound) {
				return models.ErrInactive
			}
			ex.bound = d.User == caller.User
		}
		ex.types = u.Types
		if !u.Types.Any(r.who) {
			return models.ErrForbidden
		}
		return nil
	})
}

// countDenied counts what is refused by type of user, too: each such refusal is a line of the audit log.
func (a *API) countDenied(ex *exchange, denied error) error {
	if errors.Is(denied, models.ErrForbidden) {
		if limited := a.count(ex, false); limited != nil {
			return limited
		}
	}
	return denied
}

// count holds the caller to their rate.
func (a *API) count(ex *exchange, urgent bool) error {
	return a.limits.caller(ex.caller, urgent, a.opts.Clock.Now())
}

// checkBody refuses a body that is not of the route's media type or says that it is too large, and bounds one that doesn't say.
func checkBody(r *http.Request, limit int64, media string) error {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if r.Header.Get("Content-Encoding") != "" {
		return errEncoding
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != media {
		return errEncoding
	}
	if r.ContentLength > limit {
		return errTooLarge
	}
	return nil
}
