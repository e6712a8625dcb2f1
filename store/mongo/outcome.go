package mongo

import (
	"context"
	"errors"
	"fmt"

	"officermobile/store"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Codes of the server's errors (mongodb.com, src/mongo/base/error_codes.yml) that say for certain that a write was not
// done and never will be.
const (
	codeUnauthorized   = 13
	codeAuthentication = 18
	codeValidation     = 121
	codeTooLarge       = 10334
	codeOutOfDisk      = 14031
)

// refusal is the reason of a definite refusal, or nil for an error after which the write may still happen: a lost
// connection, a timeout, a change of primary, a write concern that was not met in time, and whatever is new to us.
func refusal(err error) error {
	var concern mongo.WriteException
	if errors.As(err, &concern) && concern.WriteConcernError != nil {
		return nil
	}
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return nil
	}
	if server.HasErrorCode(codeOutOfDisk) {
		return store.ErrFull
	}
	for _, code := range []int{codeUnauthorized, codeAuthentication, codeValidation, codeTooLarge} {
		if server.HasErrorCode(code) {
			return fmt.Errorf("MongoDB refuses the write (code %d)", code)
		}
	}
	return nil
}

// plain strips an error of the driver of what it may tell about addresses, and lets the context's own error through.
func plain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if reason := refusal(err); reason != nil {
		return reason
	}
	var server mongo.ServerError
	switch {
	case errors.Is(err, errLags), errors.Is(err, store.ErrDamaged):
		return err
	case errors.Is(err, mongo.ErrClientDisconnected):
		return errClosed
	case errors.As(err, &server):
		return fmt.Errorf("MongoDB answers with error codes %v", server.ErrorCodes())
	case mongo.IsTimeout(err):
		return errors.New("MongoDB did not answer in time")
	case mongo.IsNetworkError(err):
		return errors.New("the connection to MongoDB was lost")
	}
	return errors.New("the call to MongoDB came to nothing")
}

var errClosed = errors.New("store is closed")
