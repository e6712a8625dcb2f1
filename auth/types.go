package auth

import (
	"context"
	"time"

	"officermobile/models"
)

// Users is what sign-in must know of people and devices. Answers come from the present state of the agency.
type Users interface {
	// ByName finds a user by the name they sign in with; false if there is none.
	ByName(ctx context.Context, agency models.AgencyID, username string) (User, bool, error)
	// ByID finds a user; false if there is none.
	ByID(ctx context.Context, agency models.AgencyID, user models.UserID) (User, bool, error)
	// Device finds a registered device; false if it was never registered.
	Device(ctx context.Context, agency models.AgencyID, device models.DeviceID) (Device, bool, error)
}

// User is a person as far as sign-in is concerned.
type User struct {
	ID     models.UserID
	Active bool // false: refused everywhere
	// Integration: a service account and nothing else, which may have keys.
	Integration bool
}

// Device is a registered device as far as sessions are concerned.
type Device struct {
	User    models.UserID // who it is registered to now
	Revoked bool          // no session on it is valid any more
	Wipe    bool          // with Revoked: it shall be told to erase itself
}

// Caller is who is asking, as proven by a token or cookie.
type Caller struct {
	Agency   models.AgencyID
	User     models.UserID
	Device   models.DeviceID
	Session  models.SessionID
	AuthTime time.Time // when the password was given
	Key      bool      // by an integration's key, whose id Session is; there is no device
}

// Credentials are what somebody signs in with.
type Credentials struct {
	Agency   models.AgencyID
	Username string
	Password string
	Device   models.DeviceID // minted by the device
	// DeviceKey is 256 random bits, base64url without padding, minted and kept by the device. Renewal needs it
	// again; it binds the session to the device. Not used for a browser, whose cookie is bound to the browser.
	DeviceKey string
	Browser   bool   // answer a cookie instead of tokens
	Remote    string // address of the client, for throttling and audit
}

// Session is the answer to a sign-in or a renewal. Either Access and Refresh are set, or Cookie is.
type Session struct {
	Access        string
	Refresh       string
	Cookie        string
	ExpiresIn     time.Duration // of Access, or of Cookie
	Caller        Caller
	AbsoluteUntil time.Time // when a password is needed again, whatever is renewed
}

// Event is what the audit hook is told.
type Event struct {
	What    What
	Why     string // a stable word
	At      time.Time
	Agency  models.AgencyID
	User    models.UserID // zero if unknown
	Device  models.DeviceID
	Session models.SessionID
	Remote  string
}

// What is the sort of an Event.
type What string

// The events that an auditor wants (CJIS AU-2: success and failure).
const (
	SignedIn      What = "signed_in"
	SignInRefused What = "sign_in_refused"
	Locked        What = "locked"   // by the failure that this follows
	Released      What = "released" // by an administrator
	Reused        What = "reused"   // a used-up refresh token, or a true one with another device key: theft
	Revoked       What = "revoked"
	PasswordSet   What = "password_set"
	KeysReplaced  What = "keys_replaced" // emergency rotation
)
