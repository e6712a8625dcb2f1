package doorbell

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"

	"officermobile/models"
)

// Preview is what a notification may show of the newest thing that it rings about: as much as fits on a locked screen.
type Preview struct {
	About        string                  `json:"about" enum:"message,urgent_message,invitation,task"`
	Conversation models.ConversationID   `json:"conversation_id,omitzero" doc:"To open when it is tapped; of an invitation it can be seen once that is accepted."`
	Kind         models.ConversationKind `json:"kind,omitzero" enum:"dispatch,personal,broadcast"`
	Title        string                  `json:"title,omitzero" doc:"Of the conversation; one of two people has none."`
	Number       uint32                  `json:"number,omitzero" doc:"Of the dispatch."`
	From         string                  `json:"from,omitzero" doc:"Name of who wrote or invited."`
	Text         string                  `json:"text,omitzero" doc:"Of the message, or the place of a task."`
	Cut          bool                    `json:"cut,omitzero" doc:"The text goes on."`
	At           int64                   `json:"at"` // milliseconds since 1970
}

// Sizes of what is sealed: its length says no more than which of three it is. The largest leaves room for the rest of
// a payload at each provider: 2048 bytes come to 2840 characters, of 3993 at the least.
var buckets = [...]int{512, 1024, 2048}

// MaxText bounds the text of a preview, in bytes: a locked screen shows some four lines.
const MaxText = 480

// ErrTooLong is of a preview that fits no bucket even without its text.
var ErrTooLong = errors.New("the preview is too long to be sealed")

// Plain is the preview as it is sealed: JSON, padded with blanks to 512, 1024 or 2048 bytes. A text that is too long is
// cut; characters that JSON writes with six bytes make it shorter still.
func (p Preview) Plain() ([]byte, error) {
	p = p.Short()
	for {
		plain, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(buckets[:], func(size int) bool { return len(plain) <= size }); i >= 0 {
			return append(plain, bytes.Repeat([]byte(" "), buckets[i]-len(plain))...), nil
		}
		if p.Text == "" {
			return nil, ErrTooLong
		}
		p.Text, p.Cut = Cut(p.Text, len(p.Text)/2), true
	}
}

// Short is the preview with at most MaxText bytes of its text.
func (p Preview) Short() Preview {
	if short := Cut(p.Text, MaxText); short != p.Text {
		p.Text, p.Cut = short, true
	}
	return p
}
