package models

import "errors"

// Kind says what sort of refusal an Error is; the api maps it to an HTTP status and nothing else does.
type Kind int

// The kinds, append-only.
const (
	KindInvalid         Kind = iota + 1 // the request is malformed; Field names where
	KindUnauthenticated                 // who are you?
	KindForbidden                       // known, but may not
	KindNotFound                        // absent, or not the asker's to know
	KindConflict                        // at odds with the present state
	KindTooLarge                        // over a limit of size
	KindLimited                         // too often; RetryMS says when again
	KindUnavailable                     // not now; RetryMS says when again
	KindFull                            // storage is full, reads go on
	KindMismatch                        // an idempotency key came again with another body
	KindPrecondition                    // what was to be changed is not as the asker last saw it
)

// Error is a refusal that a client may see. Every other error is internal and says nothing to the outside. It never
// carries a submitted value.
type Error struct {
	Kind    Kind
	Code    Code   // stable, for programs
	Field   string // JSON name of the offending field, or ""
	Message string // one sentence, for people
	RetryMS int    // for KindLimited and KindUnavailable
}

// Code is a stable word for a refusal, such as "not_a_member". docs/PROBLEMS.md lists them.
type Code string

func (e *Error) Error() string { return e.Message }

// Refuse makes an Error.
func Refuse(kind Kind, code Code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Invalid makes an Error about one field.
func Invalid(field, message string) *Error {
	return &Error{Kind: KindInvalid, Code: "invalid", Field: field, Message: field + ": " + message}
}

// ErrNotFound is the one answer for what is absent and for what the asker may not know of.
var ErrNotFound = Refuse(KindNotFound, "not_found", "There is no such thing, or it is not yours to see.")

// AsError finds the Error in a chain, or nil.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
