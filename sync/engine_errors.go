package sync

import "officermobile/models"

// Codes of commands that were not decided.
const (
	CodeGap     models.Code = "gap"     // what comes before it in its lane has not arrived: send from LastNum+1
	CodeUnknown models.Code = "unknown" // the wait ended first; it may or may not be done
)

// Refusals of the engine.
var (
	errGap     = models.Refuse(models.KindConflict, CodeGap, "An earlier command of this lane is missing.")
	errUnknown = retryLater(CodeUnknown, "It is not known yet whether this was done; ask again.", 1000)
	errBusy    = retryLater("busy", "Too much is waiting; try again soon.", 2000)
	errClosing = retryLater("closing", "The server is stopping; try again.", 1000)
	errHalted  = retryLater("halted", "This agency can't be served here at the moment.", 30_000)
	errStorage = retryLater("storage", "Storage can't be reached; try again soon.", 2000)
	errFull    = models.Refuse(models.KindFull, "full", "Storage is full; nothing can be written.")

	errMismatch = models.Refuse(models.KindMismatch, "idempotency_mismatch",
		"This idempotency key was used for another request.")
	errLarge   = models.Refuse(models.KindTooLarge, "too_large", "This would change too much at once.")
	errNumber  = models.Invalid("num", "comes with a device, a command id and lane 0 or 1")
	errInvalid = models.Refuse(models.KindInvalid, "invalid", "This is not a command.")
)

func retryLater(code models.Code, message string, ms int) *models.Error {
	e := models.Refuse(models.KindUnavailable, code, message)
	e.RetryMS = ms
	return e
}
