package wire

import "officermobile/models"

// RecordQuery asks what somebody sent and received.
type RecordQuery struct {
	User     models.UserID
	From, To models.Micros // from, and before
	Reason   string
	Notices  bool // also what the conversations said of who came and went
}

// RecordLine is one line of the answer: exactly one of its fields is set. The first line is the request and the last the
// proof; an answer without one is not complete.
type RecordLine struct {
	Request *RecordRequest `json:"request,omitzero"` // the first line
	Row     *RecordRow     `json:"row,omitzero"`     // a line between
	Proof   *RecordProof   `json:"proof,omitzero"`   // the last line; an answer without it is not complete
}

// RecordRequest says who asked for what.
type RecordRequest struct {
	By     models.UserID `json:"by"` // who asked
	At     int64         `json:"at" doc:"Milliseconds since 1970."`
	Reason string        `json:"reason"` // why, as they said
	User   models.UserID `json:"user"`   // whose messages
	From   int64         `json:"from"`   // milliseconds since 1970
	To     int64         `json:"to"`     // milliseconds since 1970; not included
}

// RecordRow is a message that was sent or received, or a notice that was shown.
type RecordRow struct {
	Seq          uint64                `json:"seq" doc:"Position in the log."`
	At           int64                 `json:"at" doc:"Server's time, milliseconds since 1970."`
	DeviceAt     int64                 `json:"device_at,omitzero" doc:"The device's time, as it claimed."`
	AgeMS        int64                 `json:"age_ms,omitzero" doc:"How old the message was on arrival by the device's clock."`
	How          string                `json:"how" enum:"sent,received" doc:"received: they were in the conversation at that position and could read the row."`
	Conversation models.ConversationID `json:"conversation"` // where it was said
	Label        Label                 `json:"label"`        // what the conversation is called
	N            uint32                `json:"n"`            // number of the row in the conversation
	ID           models.MessageID      `json:"id,omitzero"`
	Author       models.UserID         `json:"author,omitzero" doc:"Absent: the system."`
	AuthorName   string                `json:"author_name,omitzero"` // as it was at the time of the request
	Text         string                `json:"text,omitzero"`
	Urgent       bool                  `json:"urgent,omitzero"` // it asked for acknowledgement
	Notice       models.Notice         `json:"notice,omitzero"` // what happened, of a row that nobody wrote
	Subject      models.UserID         `json:"subject,omitzero" doc:"Whom the notice is about."`
	Redacted     bool                  `json:"redacted,omitzero" doc:"The content was removed under retention."`
}

// RecordProof says what was gone through. Whoever has the log finds the batch with that hash where it says.
type RecordProof struct {
	Sent     int    `json:"sent"`     // rows of that kind
	Received int    `json:"received"` // rows of that kind
	Notices  int    `json:"notices"`  // rows of that kind
	Redacted int    `json:"redacted" doc:"Of those sent and received."`
	Events   uint64 `json:"events" doc:"Events of the log that were gone through, from its first."`
	Seq      uint64 `json:"seq" doc:"Position of the last batch that was gone through."`
	Hash     string `json:"hash" doc:"SHA-256 of its header, in hex: the chain's end."`
}
