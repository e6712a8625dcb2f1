package client

import (
	"context"
	"time"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json/jsontext"
)

// Store is what a device keeps, on the device. Rows are those of the last completed pass: the pages of a running one
// wait aside. Commit is the only way to change anything. Memory and SQLite implement it; a method may be called from
// several goroutines. An error means that the Store can't be used any more, and says nothing of whether a Commit took
// place: open it anew.
type Store interface {
	// Meta is the small state; the zero Meta for a new device.
	Meta(ctx context.Context) (Meta, error)
	// Rows lists the rows of a kind in all scopes, ordered by scope, then id.
	Rows(ctx context.Context, kind models.RowKind) ([]Row, error)
	// Row finds one row; false if there is none.
	Row(ctx context.Context, key Key) (Row, bool, error)
	// Messages lists a scope's timeline rows with from <= n < before in order of n: at most limit, the newest.
	Messages(ctx context.Context, scope models.Scope, from, before uint32, limit int) ([]wire.Message, error)
	// Outbox lists all entries, ordered by lane, then number.
	Outbox(ctx context.Context) ([]Entry, error)
	// Refused lists the commands that were refused or came too late, oldest first.
	Refused(ctx context.Context) ([]Entry, error)
	// Pages lists the pages of the running pass in order.
	Pages(ctx context.Context) ([]Page, error)
	// Commit makes all of a change durable, or nothing of it.
	Commit(ctx context.Context, c Change) error
	// Close releases what the Store holds.
	Close() error
}

// Page is a page as a client reads it: the data of rows is raw JSON.
type Page = wire.Page[rawData]

type rawData = jsontext.Value

// Key is a row's key.
type Key struct {
	Scope models.Scope
	Kind  models.RowKind
	ID    string
}

// Row is a row of the last completed pass. FromN is that of a conversation: the first number held of its timeline, if
// older ones exist; else 0.
type Row struct {
	Key
	Rev   uint32
	FromN uint32
	Data  jsontext.Value
}

// Meta is a device's small state. On a phone the secrets in it belong in the Keychain or Keystore.
type Meta struct {
	Agency    models.AgencyID         `json:"agency,omitzero"`
	User      models.UserID           `json:"user,omitzero"` // whose rows these are
	Device    models.DeviceID         `json:"device,omitzero"`
	DeviceKey string                  `json:"device_key,omitzero"` // binds the session to this device
	Session   Session                 `json:"session,omitzero"`
	Token     string                  `json:"token,omitzero"` // position of the last completed pass
	Pass      *Pass                   `json:"pass,omitzero"`  // the running pass
	At        time.Time               `json:"at,omitzero"`    // the server's time of the last page
	Lanes     [lanes]LaneMark         `json:"lanes"`
	Reports   uint64                  `json:"reports,omitzero"` // no presence report above it has been used
	Holes     map[models.Scope]uint32 `json:"holes,omitzero"`   // conversations in which the row before n was missing after a pass
	Wiped     bool                    `json:"wiped,omitzero"`   // the agency took the device back: nothing is kept
}

// Session is a signed-in session.
type Session struct {
	Access     string    `json:"access,omitzero"`
	Until      time.Time `json:"until,omitzero"` // when Access ends, by the device's clock
	Refresh    string    `json:"refresh,omitzero"`
	LeaseUntil time.Time `json:"lease_until,omitzero"` // when the data must be erased if not renewed
}

// Pass is a running pass: its pages so far are in Store.Pages.
type Pass struct {
	Token string `json:"token"` // of its next page
	Full  bool   `json:"full,omitzero"`
	Pages int    `json:"pages"`
}

// lanes is how many queues a device has.
const lanes = 2

// LaneMark is how far a lane has come.
type LaneMark struct {
	Last uint64 `json:"last"` // number of the newest command
	Done uint64 `json:"done"` // the rows include the effects of commands up to here
}

// Change is what one Commit changes, in the order of the fields.
type Change struct {
	Meta *Meta // replaced as a whole

	EraseRows  bool // all rows and messages, and the pages of the running pass
	EraseAll   bool // the outbox and the refused too
	DropPages  bool
	AddPage    *Page          // behind those of the running pass
	EraseScope []models.Scope // rows and messages
	DeleteRows []Key
	PutRows    []Row
	Messages   map[models.Scope][]wire.Message // put by n

	DeleteEntries []EntryKey
	PutEntries    []Entry
	AddRefused    []Entry
	ForgetRefused []models.CommandID
}

// EntryKey names an outbox entry.
type EntryKey struct {
	Lane models.Lane
	Num  uint64
}

// Entry is a command in the outbox, or one that was refused.
type Entry struct {
	EntryKey
	ID      models.CommandID `json:"id"`
	Type    string           `json:"type"`
	Base    uint32           `json:"base,omitzero"`
	Body    jsontext.Value   `json:"body"`
	Made    time.Time        `json:"made"`          // by the device's wall clock
	Boot    string           `json:"boot,omitzero"` // whose monotonic clock MonoMS is
	MonoMS  int64            `json:"mono_ms,omitzero"`
	Outcome models.Outcome   `json:"outcome,omitzero"` // "" until decided
	Code    models.Code      `json:"code,omitzero"`
}
