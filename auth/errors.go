package auth

import (
	"errors"
	"fmt"

	"officermobile/models"
	"officermobile/store"
)

// The refusals of this package. Each is one value whatever the cause, so that an answer tells nothing about accounts.
var (
	// ErrSignIn is a wrong name, a wrong password, a locked account or a disabled one.
	ErrSignIn = models.Refuse(models.KindUnauthenticated, "sign_in_refused",
		"The name or the password is wrong, or the account is locked.")
	// ErrToken is an access token that is malformed, expired, forged or of an ended session.
	ErrToken = models.Refuse(models.KindUnauthenticated, "token_refused", "The access token is not valid any more.")
	// ErrSession is a refresh token or cookie that is malformed, used up, or of an ended session: sign in again.
	ErrSession = models.Refuse(models.KindUnauthenticated, "session_ended", "The session has ended; sign in again.")
	// ErrDevice is a sign-in, with the right password, on a device that was revoked: it needs a new installation.
	ErrDevice = models.Refuse(models.KindForbidden, "device_revoked", "This device was revoked.")
)

var (
	errFull = models.Refuse(models.KindFull, "storage_full", "Storage is full; reading goes on.")
	// errStale is the answer of a node that hasn't heard of revocations for too long.
	errStale = &models.Error{Kind: models.KindUnavailable, Code: "stale", RetryMS: 2000,
		Message: "This server can't confirm sessions right now."}
)

// Wiped is the answer to a caller who proves to be a device that was revoked: the device shall erase itself. It is
// an error for errors.As; the api answers 200 with wipe: true.
type Wiped struct{ Caller Caller }

func (w *Wiped) Error() string { return "the device was revoked and shall erase its data" }

// storage wraps an error of the store; a full disk is the caller's to know.
func storage(doing string, err error) error {
	if errors.Is(err, store.ErrFull) {
		return fmt.Errorf("%s: %w: %w", doing, errFull, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
