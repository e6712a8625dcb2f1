package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

const (
	signInPath  = "/v1/sign-in"
	signOutPath = "/v1/sign-out"
	// deviceKeyHeader goes along with a refresh token: a stolen one is worth nothing without the device's key.
	deviceKeyHeader = "Device-Key"
)

// signIn is what somebody signs in with; the device is registered in the same round trip.
type signIn struct {
	Agency    models.AgencyID       `json:"agency_id"`
	Username  string                `json:"username"`
	Password  string                `json:"password"`
	Device    models.DeviceID       `json:"device_id"`
	DeviceKey string                `json:"device_key"`
	Register  models.DeviceRegister `json:"register"`
}

// signedIn is the answer to it.
type signedIn struct {
	wire.Session
	User models.UserID `json:"user_id"`
}

// SignIn begins a session with a password. Signing in as the same user again keeps rows and outbox; as another user,
// rows of the former one are erased, and there must be nothing unsent.
//
// Errors: *Problem with status 401 for wrong credentials; ErrUnsent; ErrWiped; the network's.
func (d *Device) SignIn(ctx context.Context, agency models.AgencyID, username, password string) error {
	release, err := d.holdPull(ctx)
	if err != nil {
		return err
	}
	defer release()
	d.mu.Lock()
	err, meta := d.usable(), d.meta.clone()
	d.mu.Unlock()
	if err != nil {
		return err
	}
	register := models.DeviceRegister{Name: d.cfg.Name, Class: d.cfg.Class, Platform: d.cfg.Platform}
	in := signIn{agency, username, password, meta.Device, meta.DeviceKey, register}
	var out signedIn
	if err := d.call(ctx, http.MethodPost, signInPath, nil, in, &out); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if out.Access == "" || out.User.IsZero() {
		return errNoAnswer
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.begin(ctx, agency, out)
}

// begin keeps a new session. mu is held.
func (d *Device) begin(ctx context.Context, agency models.AgencyID, out signedIn) error {
	meta, c := d.meta.clone(), Change{}
	if other := meta.User != out.User || meta.Agency != agency; other && !meta.User.IsZero() {
		if d.unsent() {
			return ErrUnsent
		}
		d.live = nil
		c.EraseAll, meta.Token, meta.Pass, meta.Holes = true, "", nil, nil
	}
	meta.Agency, meta.User = agency, out.User
	meta.Session = d.renewed(Session{}, out.Session)
	c.Meta = &meta
	if err := d.commit(ctx, c); err != nil {
		return err
	}
	d.receipts = receipts{}
	d.changes.raise()
	d.wake.raise()
	return nil
}

// SignOut ends the session, on the server too if it can be reached, and erases the rows. The outbox stays for when the
// same user comes back.
func (d *Device) SignOut(ctx context.Context) error {
	release, err := d.holdPull(ctx)
	if err != nil {
		return err
	}
	defer release()
	d.mu.Lock()
	access := d.meta.Session.Access
	d.mu.Unlock()
	told := d.call(ctx, http.MethodPost, signOutPath, bearer(access), nil, nil)
	d.mu.Lock()
	defer d.mu.Unlock()
	meta := d.meta.clone()
	meta.Session, meta.Token, meta.Pass, meta.Holes = Session{}, "", nil, nil
	d.live = nil
	if err := d.commit(ctx, Change{Meta: &meta, EraseRows: true}); err != nil {
		return err
	}
	d.receipts = receipts{}
	d.presence.stale = true // so that an open stream's owner finds out that it is signed out
	d.wake.raise()
	d.changes.raise()
	if told != nil {
		return fmt.Errorf("signed out here alone: %w", told)
	}
	return nil
}

// SignedIn reports a session that may still be renewed.
func (d *Device) SignedIn() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.meta.Session.Refresh != ""
}

// renewed is the session after an answer's.
func (d *Device) renewed(old Session, s wire.Session) Session {
	if s.Access != "" {
		old.Access = s.Access
		old.Until = d.cfg.Clock.Now().Add(time.Duration(s.ExpiresInS) * time.Second)
	}
	if s.Refresh != "" {
		old.Refresh = s.Refresh
	}
	if !s.DataLeaseUntil.IsZero() {
		old.LeaseUntil = s.DataLeaseUntil
	}
	return old
}

// renewal is the header that a refresh token needs. mu is held.
func (d *Device) renewal(header http.Header) http.Header {
	header.Set(deviceKeyHeader, d.meta.DeviceKey)
	return header
}

// endSession forgets a session that the server no longer knows. Rows stay until somebody else signs in, or the lease
// ends; so does the outbox.
func (d *Device) endSession(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	meta := d.meta.clone()
	meta.Session = Session{LeaseUntil: meta.Session.LeaseUntil}
	d.live = nil
	if err := d.commit(ctx, Change{Meta: &meta}); err != nil {
		return err
	}
	return ErrSignedOut
}

// wipe erases everything, the outbox too, and leaves a mark that this device is no more. mu is held.
func (d *Device) wipe(ctx context.Context) error {
	if err := d.commit(ctx, Change{Meta: &Meta{Wiped: true}, EraseAll: true}); err != nil {
		return err
	}
	d.outcomes, d.live, d.receipts = outcomes{}, nil, receipts{}
	d.changes.raise()
	return ErrWiped
}
