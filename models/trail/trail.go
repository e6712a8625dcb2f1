// Package trail is the lines of an audit log: who did what, when, from where, to which thing, and what came of it.
//
// A line carries ids and stable words and no more: no text that people wrote, no password, no token, and no name that
// somebody typed. So an audit log may be kept longer, and shown to more people, than what it speaks of. Where the
// agency's own log has the change itself, Seq leads to it.
package trail

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"officermobile/models"
)

// EventType is the name of a line in the log. It is not critical: who doesn't know it skips it.
const EventType = "audit.noted"

// Limits of what a client chooses. They keep a line under a kilobyte.
const (
	MaxAgent   = 120 // bytes kept of a User-Agent, which names the app and its version at its start
	MaxObjects = 8   // ids of one line
)

// BySync is the way of what came in a device's outbox.
const BySync = "sync"

// OK is the outcome of what succeeded; every other outcome is the code of a refusal.
const OK = "ok"

// Entry is a line. What doesn't apply is absent.
type Entry struct {
	At        time.Time        `json:"at" doc:"Server time, UTC, to the microsecond; strictly increases over a log."`
	N         uint32           `json:"n" doc:"Its number in the audit log, from 1 without a gap."`
	User      models.UserID    `json:"user_id,omitzero" doc:"Who did it; absent: the system, or nobody known."`
	Device    models.DeviceID  `json:"device_id,omitzero"`  // the device that asked
	Session   models.SessionID `json:"session_id,omitzero"` // the session that asked
	Key       string           `json:"key_id,omitzero" doc:"Of an integration: the key that it used."`
	What      string           `json:"what" doc:"The operation's name in this document, or what became of a session."`
	Objects   []Object         `json:"objects,omitzero" doc:"What it was done to."`
	Outcome   string           `json:"outcome" doc:"ok, or the code of the refusal."`
	Why       string           `json:"why,omitzero" doc:"A stable word; of a sign-in the reason that the client is not told; of a record the reason that was given."`
	Status    int              `json:"status,omitzero" doc:"Of the answer."`
	Seq       uint64           `json:"seq,omitzero" doc:"Position of the change itself in the agency's log."`
	Remote    string           `json:"remote,omitzero" doc:"Address that the request came from."`
	Request   string           `json:"request_id,omitzero"` // as in the answer's X-Request-Id
	Agent     string           `json:"agent,omitzero" doc:"The start of the User-Agent."`
	BytesIn   int64            `json:"bytes_in,omitzero"`  // size of the request's body
	BytesOut  int64            `json:"bytes_out,omitzero"` // size of the answer's body
	Micros    int64            `json:"micros,omitzero" doc:"Duration in microseconds."`
	ORI       string           `json:"ori,omitzero" doc:"The agency's originating agency identifier, if its settings have one."`
	Way       string           `json:"way,omitzero" doc:"sync: it was in a device's outbox, and What is the command's type."`
	Filters   []string         `json:"filters,omitzero" doc:"Of a search: the names of what it was narrowed by, never the values."`
	Hits      int              `json:"hits,omitzero" doc:"Of a search: how many it answered."`
	Forgotten uint32           `json:"forgotten,omitzero" doc:"Lines about sessions that found no room before this one."`
}

// Object is a thing that something was done to.
type Object struct {
	Kind string `json:"kind" doc:"Such as user or device."`
	ID   string `json:"id"`
}

// Clean cuts what a client chose to its limits, and takes control characters out.
func (e *Entry) Clean() {
	e.Agent = short(e.Agent, MaxAgent)
	e.Remote, e.Request = short(e.Remote, 64), short(e.Request, 64)
	e.Objects = e.Objects[:min(len(e.Objects), MaxObjects)]
}

func short(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
