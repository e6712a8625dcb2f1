package wire

import "officermobile/models"

// Search is what is looked for. What is zero asks for nothing.
type Search struct {
	Text     string            // words, all of which must be there; the last may be unfinished
	Person   models.UserID     // who wrote it, or created the dispatch
	Dispatch models.DispatchID // a dispatch and its conversation
	Number   uint32            // of a dispatch, with Date
	Date     string            // business date
	Zone     models.ZoneID     // with Number
	From, To models.Micros     // from, and before
	Cursor   string            // the Next of the page before
	Limit    int               // 1 to MaxHits
}

// MaxHits is how much one page of a search has at most: each may be a full text.
const MaxHits = 50

// Found is a page of what was found, the newest first.
type Found struct {
	Hits   []Hit  `json:"hits"` // the newest first
	Next   string `json:"next,omitzero" doc:"Value of cursor for the next page; absent at the end."`
	More   bool   `json:"more,omitzero" doc:"The search stopped at the bound of one request, not at the end: go on with next, however few the hits."`
	Behind bool   `json:"behind,omitzero" doc:"The index is being made; what is newest may be missing."`
}

// Hit is a message or a dispatch that was found.
type Hit struct {
	At           int64                 `json:"at" doc:"Server's time of the message, or of what is known of the dispatch; milliseconds since 1970."`
	Conversation models.ConversationID `json:"conversation"` // where it was said
	Label        Label                 `json:"label"`        // what the conversation is called
	Dispatch     models.DispatchID     `json:"dispatch,omitzero" doc:"Absent for a message in a conversation of no dispatch."`
	Message      *FoundMessage         `json:"message,omitzero" doc:"The message that was found."`
	Note         *FoundNote            `json:"note,omitzero" doc:"The note on the dispatch's record, or the officer's response, that was found."`
	Data         *FoundDispatch        `json:"data,omitzero" doc:"The dispatch as it is now, if it was found."`
}

// FoundMessage is a message that was found.
type FoundMessage struct {
	ID       models.MessageID `json:"id"`
	N        uint32           `json:"n" doc:"Number of its row in the conversation."`
	Author   models.UserID    `json:"author"`
	DeviceAt int64            `json:"device_at,omitzero" doc:"When it was written by the device's clock, if over a minute from at."`
	Text     string           `json:"text"`
	Urgent   bool             `json:"urgent,omitzero"` // it asked for acknowledgement
}

// FoundNote is a note on a dispatch's record, or an officer's response, that was found.
type FoundNote struct {
	ID     models.LogID  `json:"id,omitzero" doc:"Of a note."`
	Task   models.TaskID `json:"task,omitzero" doc:"The task that was cleared with the response."`
	Author models.UserID `json:"author,omitzero" doc:"Who wrote the note, or whose task it was."`
	Text   string        `json:"text"`
}

// FoundDispatch is a dispatch that was found.
type FoundDispatch struct{ Dispatch }

// FoundMessageOf renders a message that was found.
func FoundMessageOf(r *models.Entry) *FoundMessage {
	m := MessageOf(r)
	return &FoundMessage{ID: m.ID, N: m.N, Author: m.Author, DeviceAt: m.Extra.DeviceAt, Text: m.Text, Urgent: m.Extra.Urgent}
}

// ShiftQuery asks for shifts. What is zero asks for all.
type ShiftQuery struct {
	User     models.UserID
	Zone     models.ZoneID
	From, To models.Micros // that began from, and before
	Cursor   string
	Limit    int // 1 to MaxShifts
}

// MaxShifts is how much one page of shifts has at most: those of a large agency's day.
const MaxShifts = 200

// Shifts is a page of shifts, the latest beginning first.
type Shifts struct {
	Shifts []Shift `json:"shifts"` // the latest beginning first
	Next   string  `json:"next,omitzero" doc:"Value of cursor for the next page; absent at the end."`
	Behind bool    `json:"behind,omitzero" doc:"The index is being made; what is newest may be missing."`
}

// Shift is the span of an officer's duty.
type Shift struct {
	User     models.UserID `json:"user"`
	Zone     models.ZoneID `json:"zone"` // operational zone
	Team     models.TeamID `json:"team"`
	CallSign string        `json:"call_sign"` // theirs for this duty
	On       int64         `json:"on" doc:"Milliseconds since 1970."`
	OnBy     models.UserID `json:"on_by,omitzero" doc:"Who brought them on duty, be it themselves; absent: the system."`
	Off      int64         `json:"off,omitzero" doc:"Absent: still on duty."`
	OffBy    models.UserID `json:"off_by,omitzero"` // who ended it, be it themselves; absent: the system, or still on duty
}
