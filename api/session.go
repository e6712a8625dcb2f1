package api

import (
	"context"
	"errors"
	"time"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/wire"
)

// Doorman begins, renews and ends sessions.
type Doorman interface {
	SignIn(ctx context.Context, c auth.Credentials) (auth.Session, error)
	Renew(ctx context.Context, refresh, deviceKey string) (auth.Session, error)
	SignOut(ctx context.Context, c auth.Caller) error
}

// SignIn is what somebody signs in with.
type SignIn struct {
	Agency    models.AgencyID        `json:"agency_id"` // of the agency to sign in to
	Username  string                 `json:"username" maxLength:"128"`
	Password  string                 `json:"password" maxLength:"256"`
	Device    models.DeviceID        `json:"device_id" doc:"Minted by the installation, once."`
	DeviceKey string                 `json:"device_key,omitzero" maxLength:"64" doc:"256 random bits as base64url, kept by the device; renewal needs them. Not for browsers."`
	Cookie    bool                   `json:"cookie,omitzero" doc:"For browsers: answer with a cookie that scripts can't read, and no tokens."`
	Register  *models.DeviceRegister `json:"register,omitzero" doc:"Register the device in the same round trip."`
}

// SignedIn is a new session. Of a browser's the tokens are absent.
type SignedIn struct {
	wire.Session
	User models.UserID `json:"user_id,omitzero"` // absent: nobody signed in, as with a device to wipe
}

type signInInput struct{ Body SignIn }

type signedIn struct {
	Cookie string `header:"Set-Cookie" hidden:"true"`
	Body   SignedIn
}

func (a *API) signIn(ctx context.Context, in *signInInput) (*signedIn, error) {
	ex, b := exchangeOf(ctx), &in.Body
	if b.Cookie && auth.CheckOrigin(ex.request) != nil {
		return nil, errCrossSite
	}
	session, err := a.deps.Auth.SignIn(ctx, auth.Credentials{
		Agency: b.Agency, Username: b.Username, Password: b.Password, Device: b.Device, DeviceKey: b.DeviceKey,
		Browser: b.Cookie, Remote: ex.remote,
	})
	if err != nil {
		return nil, err
	}
	ex.caller = session.Caller
	if b.Register != nil {
		if _, err := a.write(ctx, "", basis{}, b.Register); err != nil {
			return nil, a.withdraw(ctx, err)
		}
	}
	out := &signedIn{Body: a.signedInOf(ctx, session)}
	if b.Cookie {
		out.Cookie = auth.NewCookie(session).String()
	}
	return out, nil
}

// withdraw ends the session of a sign-in that could not be completed; the reason is what the client learns.
func (a *API) withdraw(ctx context.Context, reason error) error {
	if err := a.deps.Auth.SignOut(ctx, exchangeOf(ctx).caller); err != nil {
		a.opts.Logger.WarnContext(ctx, "end a session that could not register its device", "error", err)
	}
	return reason
}

func (a *API) signedInOf(ctx context.Context, s auth.Session) SignedIn {
	return SignedIn{Session: *a.sessionOf(ctx, s), User: s.Caller.User}
}

// sessionOf is a session as it is synced. Its tokens are absent in a browser's.
func (a *API) sessionOf(ctx context.Context, s auth.Session) *wire.Session {
	return &wire.Session{
		Access: s.Access, Refresh: s.Refresh, ExpiresInS: int(s.ExpiresIn / time.Second), DataLeaseUntil: a.leaseOf(ctx, s),
	}
}

// leaseOf is until when a device that is heard of no more may show what it holds: as long as the agency says, else to the
// session's end.
func (a *API) leaseOf(ctx context.Context, s auth.Session) time.Time {
	lease := s.AbsoluteUntil.UTC()
	err := a.deps.Reader.View(ctx, s.Caller.Agency, func(state *models.State) error {
		if hours := state.Agency.Settings.DataLeaseHours; hours > 0 {
			lease = a.opts.Clock.Now().Add(time.Duration(hours) * time.Hour)
		}
		return nil
	})
	if err != nil {
		a.opts.Logger.WarnContext(ctx, "look up the lease of data", "error", err) // the default is the shorter one
	}
	return lease
}

type renewInput struct {
	DeviceKey string `header:"Device-Key" maxLength:"64" doc:"The key given at sign-in."`
	Body      struct {
		Refresh string `json:"refresh" maxLength:"1024" doc:"The latest refresh token of this device."`
	} `nameHint:"Renewal"`
}

// renew exchanges a refresh token for the next pair.
func (a *API) renew(ctx context.Context, in *renewInput) (*answer[SignedIn], error) {
	session, err := a.deps.Auth.Renew(ctx, in.Body.Refresh, in.DeviceKey)
	if err != nil {
		if wiped := (*auth.Wiped)(nil); errors.As(err, &wiped) {
			return answered(SignedIn{Session: wire.Session{Wipe: true}}), nil
		}
		return nil, err
	}
	return answered(a.signedInOf(ctx, session)), nil
}

// cleared makes a browser forget its cookie.
type cleared struct {
	Cookie string `header:"Set-Cookie" hidden:"true"`
}

// signOut ends the session; a phone that nobody is signed in on rings for nobody. That comes first: if it fails, or all
// stops between the two, there is still a session to sign out of again.
func (a *API) signOut(ctx context.Context, _ *empty) (*cleared, error) {
	ex := exchangeOf(ctx)
	if ex.bound {
		if err := a.deps.Push.Unbind(ctx, ex.caller.Agency, ex.caller.Device, time.Time{}); err != nil {
			return nil, err
		}
	}
	if err := a.deps.Auth.SignOut(ctx, ex.caller); err != nil {
		return nil, err
	}
	return &cleared{Cookie: auth.ClearedCookie().String()}, nil
}
