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
	Request *RecordRequest `json:"request,omitzero"`
	Row     *RecordRow     `json:"row,omitzero"`
	Proof   *RecordProof   `json:"proof,omitzero"`
}

// RecordRequest says who asked for what.
type RecordRequest struct {
	By     models.UserID `json:"by"`
	At     int64         `json:"at" doc:"Milliseconds since 1970."`
	Reason string        `json:"reason"`
	User   models.UserID `json:"user"`
	From   int64         `json:"from"`
	To     int64         `json:"to"`
}

// RecordRow is a message that was sent or received, or a notice that was shown.
type RecordRow struct {
	Seq          uint64                `json:"seq" doc:"Position in the log."`
	At           int64                 `json:"at" doc:"Server's time, milliseconds since 1970."`
	DeviceAt     int64                 `json:"device_at,omitzero" doc:"The device's time, as it claimed."`
	AgeMS        int64                 `json:"age_ms,omitzero" doc:"How old the message was on arrival by the device's clock."`
	How          string                `json:"how" enum:"sent,received" doc:"received: they were in the conversation at that position and could read the row."`
	Conversation models.ConversationID `json:"conversation"`
	Label        Label                 `json:"label"`
	N            uint32                `json:"n"`
	ID           models.MessageID      `json:"id,omitzero"`
	Author       models.UserID         `json:"author,omitzero" doc:"Absent: the system."`
	AuthorName   string                `json:"author_name,omitzero"`
	Text         string                `json:"text,omitzero"`
	Urgent       bool                  `json:"urgent,omitzero"`
	Notice       models.Notice         `json:"notice,omitzero"`
	Subject      models.UserID         `json:"subject,omitzero" doc:"Whom the notice is about."`
	Redacted     bool                  `json:"redacted,omitzero" doc:"The content was removed under retention."`
}

// RecordProof says what was gone through. Whoever has the log finds the batch with that hash where it says.
type RecordProof struct {
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	Notices  int    `json:"notices"`
	Redacted int    `json:"redacted" doc:"Of those sent and received."`
	Events   uint64 `json:"events" doc:"Events of the log that were gone through, from its first."`
	Seq      uint64 `json:"seq" doc:"Position of the last batch that was gone through."`
	Hash     string `json:"hash" doc:"SHA-256 of its header, in hex: the chain's end."`
}
