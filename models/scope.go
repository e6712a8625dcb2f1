package models

import (
	"cmp"
	"strings"

	"officermobile/models/record"
)

// Rank is the kind of a scope; passes send scopes in this order, so that names come before what refers to them.
type Rank uint8

// The ranks.
const (
	RankSelf         Rank = 1 // own settings, tasks, invitations, marks, devices, unacknowledged urgent messages
	RankDirectory    Rank = 2 // people, duty, teams, zones
	RankZone         Rank = 3 // an operational zone's dispatches and tasks
	RankDispatch     Rank = 4 // one dispatch, for those who were assigned or are in its conversation
	RankConversation Rank = 5 // a conversation, its members and its messages
)

// rankPrefixes are the first letters of a scope's text form, by rank.
const rankPrefixes = " smzdc"

// Scope is a set of rows that one membership opens. ID is that of the user, agency, zone, dispatch or conversation.
type Scope struct {
	Rank Rank
	ID   record.UUID
}

// The scopes.

// SelfScope is a user's own.
func SelfScope(id UserID) Scope { return Scope{RankSelf, id.UUID()} }

// DirectoryScope is the agency's directory.
func DirectoryScope(id AgencyID) Scope { return Scope{RankDirectory, id.UUID()} }

// ZoneScope is an operational zone's.
func ZoneScope(id ZoneID) Scope { return Scope{RankZone, id.UUID()} }

// DispatchScope is a single dispatch's.
func DispatchScope(id DispatchID) Scope { return Scope{RankDispatch, id.UUID()} }

// ConversationScope is a conversation's.
func ConversationScope(id ConversationID) Scope { return Scope{RankConversation, id.UUID()} }

// String is the text form: a letter, a slash and the id, such as "c/AZqT...".
func (s Scope) String() string {
	if s.Rank < RankSelf || s.Rank > RankConversation {
		return ""
	}
	return rankPrefixes[s.Rank:s.Rank+1] + "/" + s.ID.String()
}

// MarshalText writes the text form.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the text form.
func (s *Scope) UnmarshalText(b []byte) error {
	prefix, id, ok := strings.Cut(string(b), "/")
	rank := strings.Index(rankPrefixes, prefix)
	if !ok || len(prefix) != 1 || rank < int(RankSelf) {
		return Invalid("scope", "is one of s, m, z, d, c, a slash and an id")
	}
	u, err := record.ParseUUID(id)
	if err != nil {
		return err
	}
	*s = Scope{Rank(rank), u}
	return nil
}

// Compare orders scopes as a pass sends them: by rank, then id.
func (s Scope) Compare(other Scope) int {
	if c := cmp.Compare(s.Rank, other.Rank); c != 0 {
		return c
	}
	return compareIDs(s.ID, other.ID)
}

// RowKind is the kind of a synced row, as written on the wire.
type RowKind string

// The kinds of rows. A row's key on a client is (scope, kind, id).
const (
	RowMe           RowKind = "me"           // self: the user and what they may
	RowDevice       RowKind = "device"       // self
	RowMark         RowKind = "mark"         // self; id is the conversation's
	RowMute         RowKind = "mute"         // self; id is the conversation's
	RowInvitation   RowKind = "invitation"   // self of the invitee while pending; conversation
	RowUrgent       RowKind = "urgent"       // self of who has to acknowledge; conversation; id is the message's
	RowAgency       RowKind = "agency"       // directory
	RowUser         RowKind = "user"         // directory
	RowDuty         RowKind = "duty"         // directory; id is the user's
	RowZone         RowKind = "zone"         // directory
	RowWorkZone     RowKind = "work_zone"    // directory
	RowTeam         RowKind = "team"         // directory
	RowRTA          RowKind = "rta"          // directory
	RowChoice       RowKind = "choice"       // directory
	RowDispatch     RowKind = "dispatch"     // zone, dispatch
	RowTask         RowKind = "task"         // zone, dispatch, self of the assignee
	RowLog          RowKind = "log"          // zone, dispatch; a note on a dispatch's record
	RowConversation RowKind = "conversation" // conversation
	RowMember       RowKind = "member"       // conversation; id is the user's
	RowMessages     RowKind = "messages"     // conversation; a run of timeline rows
)

// Row names a row within a scope.
type Row struct {
	Kind RowKind
	ID   record.UUID
}

func (r Row) compare(other Row) int {
	if c := cmp.Compare(r.Kind, other.Kind); c != 0 {
		return c
	}
	return compareIDs(r.ID, other.ID)
}
