// Package wire is the JSON that leaves and enters the server: the sync protocol and the rows that it carries. The sync
// engine writes it, the client reads it, and docs/PROTOCOL.md describes it for native developers; the golden files in
// testdata freeze it. Names are additive only: a reader ignores what it does not know.
package wire

import (
	"slices"
	"time"

	"officermobile/models"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of a sync request.
const (
	MaxCommands     = 50     // of one request, both lanes together
	MaxWaitMS       = 25_000 // under the 30 s after which proxies and radios cut an idle request
	MaxWindow       = models.MaxWindow
	DefaultWindow   = 50        // newest messages of a conversation in a reset
	DefaultMaxBytes = 256 << 10 // of a page before compression
	MinMaxBytes     = 4 << 10
	MaxMaxBytes     = 1 << 20
	Schema          = 1 // of the rows; another one starts a full pass
)

// SyncRequest is the body of POST /v1/sync: outbox, presence and position in one round trip.
type SyncRequest struct {
	T        string               `json:"t,omitzero"`         // the token, verbatim; absent at first
	Schema   int                  `json:"schema"`             // of the rows that the client can read; now 1
	Lanes    map[string]LaneQueue `json:"lanes,omitzero"`     // "0" and "1"
	Presence *Presence            `json:"presence,omitzero"`  // of this device
	Renew    string               `json:"renew,omitzero"`     // the refresh token, when the session shall be renewed
	WaitMS   int                  `json:"wait_ms,omitzero"`   // how long the answer may wait for something new; at most 25000
	Window   int                  `json:"window,omitzero"`    // newest messages of a conversation wanted in a reset
	MaxBytes int                  `json:"max_bytes,omitzero"` // of a page before compression
	Now      string               `json:"now,omitzero"`       // the mark of the last Now, or "all": receipts are wanted beside the page

	Pushes []PushReceipt `json:"pushes,omitzero"` // what became of notifications on this device; at most 64
}

// LaneQueue is the part of a lane's outbox that a request carries. Commands are numbered First, First+1, ...
type LaneQueue struct {
	First    uint64    `json:"first"`    // number of the first of the commands
	Commands []Command `json:"commands"` // numbered first, first+1 and so on
}

// Command is a numbered command of a device. Type and body are those of package models.
type Command struct {
	ID       models.CommandID `json:"id"`                 // minted by the client; the same in each repetition
	Type     string           `json:"type"`               // such as message.post
	DeviceAt time.Time        `json:"device_at,omitzero"` // the phone's wall clock; a claim
	AgeMS    int64            `json:"age_ms,omitzero"`    // by its monotonic clock; a claim
	Base     uint32           `json:"base,omitzero"`      // rev of what is changed, as the person saw it
	Body     jsontext.Value   `json:"body"`               // by the type; see docs/PROTOCOL.md
}

// Presence is what a device says of itself. A report with a number not above the last is ignored.
type Presence struct {
	State    models.PresenceState `json:"state"`             // what the app is doing
	Report   uint64               `json:"report"`            // goes up with each; one not above the last is ignored
	Position *Position            `json:"position,omitzero"` // where an officer on duty is; absent: not known
}

// Position is where a device is: WGS 84 degrees. Volatile, never in the log.
type Position struct {
	Lat       float64 `json:"lat"`                 // WGS 84 degrees
	Lon       float64 `json:"lon"`                 // WGS 84 degrees
	AccuracyM float64 `json:"accuracy_m,omitzero"` // radius in metres
}

// Check refuses what no device can be: the error names the field.
func (p *Presence) Check() error {
	if p == nil {
		return nil
	}
	if !slices.Contains([]models.PresenceState{models.Foreground, models.Background, models.Offline}, p.State) {
		return models.Invalid("presence.state", "is foreground, background or offline")
	}
	if at := p.Position; at != nil && !(at.Lat >= -90 && at.Lat <= 90 && at.Lon >= -180 && at.Lon <= 180 && at.AccuracyM >= 0) {
		return models.Invalid("presence.position", "is no place on earth")
	}
	return nil
}

// SyncAnswer is the answer to POST /v1/sync. D is what a row's data is: any to write, jsontext.Value to read.
type SyncAnswer[D any] struct {
	Lanes     map[string]LaneAnswer `json:"lanes,omitzero"`      // by lane that the request named
	Session   *Session              `json:"session,omitzero"`    // a renewed one, or the order to erase everything
	Page      *Page[D]              `json:"page,omitzero"`       // absent: see page_error
	PageError *PageError            `json:"page_error,omitzero"` // why there is no page; keep the token and ask again
	Now       *Now                  `json:"now,omitzero"`        // absent when nothing changed since the mark
}

// LaneAnswer is what became of a lane's commands, durably. Next is the number to send next.
type LaneAnswer struct {
	Results []models.Result `json:"results"`           // of the commands that were decided, in their order
	Next    uint64          `json:"next"`              // number of the command to send next
	Code    models.Code     `json:"code,omitzero"`     // why the rest wasn't decided, such as "gap", "fork", "waits", "too_many", "storage"
	RetryMS int             `json:"retry_ms,omitzero"` // milliseconds to wait before the rest is sent again
	Known   int             `json:"-"`                 // how many of the first results had been decided before this request
}

// Session is a renewed session, or the order to erase everything.
type Session struct {
	Access         string    `json:"access,omitzero"`           // access token
	Refresh        string    `json:"refresh,omitzero"`          // replaces the one that was sent
	ExpiresInS     int       `json:"expires_in_s,omitzero"`     // seconds that the access token is good for
	DataLeaseUntil time.Time `json:"data_lease_until,omitzero"` // what is stored must be erased then, unless renewed
	Wipe           bool      `json:"wipe,omitzero"`             // erase everything now
}

// PageError says why there is no page; the client keeps its token and asks again.
type PageError struct {
	Code    models.Code `json:"code"`     // "behind", "stale", "unavailable"
	RetryMS int         `json:"retry_ms"` // milliseconds to wait
}

// Page is one step of a pass. More false ends the pass: T is then the client's new position.
type Page[D any] struct {
	Full    bool              `json:"full,omitzero"`     // this pass brings everything; sweep what it did not bring at its end
	Begin   bool              `json:"begin,omitzero"`    // first page of a full pass: marks of an unfinished one are void
	Items   []Item[D]         `json:"items"`             // in the order to apply them
	More    bool              `json:"more,omitzero"`     // ask again at once; the pass goes on
	T       string            `json:"t"`                 // the token to keep and send next
	Done    map[string]uint64 `json:"done,omitzero"`     // by lane, the highest command whose effects are included
	At      time.Time         `json:"at"`                // server's time
	StaleMS int64             `json:"stale_ms,omitzero"` // how far this node may be behind, milliseconds
}

// Ops of an Item that is not a row.
const (
	OpDrop  = "drop"  // the scope is no longer yours: erase its rows
	OpReset = "reset" // the scope follows anew: mark its rows, sweep the unmarked at the end of the pass
)

// Item is a row, a tombstone, or an op on a whole scope. A row's key is (Scope, Kind, ID); the greater Rev is newer.
type Item[D any] struct {
	Op    string         `json:"op,omitzero"`     // of a whole scope: drop erases its rows, reset marks them to be swept at the pass's end unless they come; absent: a row
	Scope models.Scope   `json:"s"`               // scope
	Kind  models.RowKind `json:"k,omitzero"`      // kind of the row
	ID    string         `json:"id,omitzero"`     // of the row within scope and kind
	Rev   uint32         `json:"rev,omitzero"`    // the greater is newer
	Gone  bool           `json:"gone,omitzero"`   // a tombstone: erase the row
	FromN uint32         `json:"from_n,omitzero"` // with reset (or the full pass' conversation row): rows below it are in the history
	Data  D              `json:"d,omitzero"`      // by kind; see docs/PROTOCOL.md
}

// Bye is the data of the SSE event of that name, sent before the server closes a stream. The client first waits a
// uniform draw from 0 to RetryMS.
type Bye struct {
	RetryMS int    `json:"retry_ms"` // wait a uniform draw from 0 to this
	Why     string `json:"why"`      // drain, replaced, session, slow
}

// The reasons of a Bye.
const (
	ByeDrain    = "drain"
	ByeReplaced = "replaced" // another stream of this device took over: do not reconnect
	ByeSession  = "session"
	ByeSlow     = "slow"
)

// Now is the data of the SSE event of that name: volatile, without an id, the latest wins.
type Now struct {
	Presence []UserPresence    `json:"presence,omitzero"` // of officers whom the caller sees
	Receipts []MessageReceipts `json:"receipts,omitzero"` // of messages with news
	Mark     string            `json:"mark,omitzero"`     // with receipts: what to ask with next time
}

// MessageReceipts says how far a message has come, of those with whom that changed. Who is in none has not got it yet.
type MessageReceipts struct {
	Message      models.MessageID      `json:"m"`  // message
	Conversation models.ConversationID `json:"c"`  // conversation
	N            uint32                `json:"n"`  // number of its row in the conversation
	Of           int                   `json:"of"` // recipients, at most 64
	To           []Stage               `json:"to"` // recipients with whom something changed
}

// Stage is the furthest that a message has come with somebody, and when.
type Stage struct {
	User  models.UserID `json:"u"`  // user
	State ReceiptState  `json:"s"`  // the furthest that it has come
	At    int64         `json:"at"` // milliseconds since 1970
}

// UserPresence is an officer's presence: that of their freshest device.
type UserPresence struct {
	User     models.UserID        `json:"u"`                 // user
	State    models.PresenceState `json:"state"`             // that of their freshest device
	HeardS   int64                `json:"heard_s"`           // seconds since the device was last heard
	Position *Position            `json:"position,omitzero"` // where they are, if known
	AgeS     int64                `json:"age_s,omitzero"`    // of the position
}
