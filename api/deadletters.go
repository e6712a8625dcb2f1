package api

import (
	"context"
	"regexp"

	"officermobile/models"
)

// DeadLetter is a ring that its provider will never take: a mistake in this program or its settings. It holds no address,
// no text and nothing of what it would have told.
type DeadLetter struct {
	At       int64           `json:"at"`                                                       // when it was given up, milliseconds since 1970
	User     models.UserID   `json:"user_id"`                                                  // who would have been rung
	Device   models.DeviceID `json:"device_id"`                                                // where
	About    string          `json:"about" enum:"message,urgent_message,invitation,task"`      // what it would have rung for
	Provider string          `json:"provider" enum:"apns,fcm_token,fcm_fid,webpush"`           // whose push service, by the kind of address
	Answer   string          `json:"answer"`                                                   // the provider's word, or ours if the request never left
	Status   int             `json:"status,omitzero" doc:"HTTP status; absent: it never left"` // the provider's
	Attempts int             `json:"attempts"`                                                 // requests made
}

// DeadLetters is a page of them.
type DeadLetters struct {
	Letters []DeadLetter `json:"letters"` // the oldest first
	Next    string       `json:"next,omitzero" doc:"Value of after for the next page; absent on the last."`
}

type deadLettersInput struct {
	After string `query:"after" maxLength:"40" doc:"The next of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" doc:"At most 200, the default."`
}

// letterCursor is when a letter was written and its notification.
var letterCursor = regexp.MustCompile(`^[0-9a-f]{16}/[A-Za-z0-9_-]{22}$`)

// deadLetters are the agency's of the last 30 days. They can't be sent again: what they told of has passed, and the next
// ring about it goes the mended way.
func (a *API) deadLetters(ctx context.Context, in *deadLettersInput) (*answer[DeadLetters], error) {
	if in.After != "" && !letterCursor.MatchString(in.After) {
		return nil, models.Invalid("after", "is not the next of a page")
	}
	if in.Limit == 0 {
		in.Limit = maxList
	}
	page, err := a.deps.Push.DeadLetters(ctx, exchangeOf(ctx).caller.Agency, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	return answered(page), nil
}
