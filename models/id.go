package models

import (
	"crypto/sha256"

	"officermobile/models/record"
)

// ID is the identifier of one kind of thing: a UUID, version 7, whose type parameter keeps a user's id from being
// passed where a device's is meant. Its text, in JSON and URLs, is base64url without padding, 22 characters. The zero
// ID stands for none and is written as "".
type ID[K any] record.UUID

type (
	agencyKind       struct{}
	userKind         struct{}
	deviceKind       struct{}
	zoneKind         struct{}
	workZoneKind     struct{}
	teamKind         struct{}
	dispatchKind     struct{}
	taskKind         struct{}
	conversationKind struct{}
	messageKind      struct{}
	invitationKind   struct{}
	commandKind      struct{}
	sessionKind      struct{}
	logKind          struct{}
	rtaKind          struct{}
	choiceKind       struct{}
	notificationKind struct{}
)

// The kinds of ids. A phone mints those of devices, dispatches, tasks, conversations, messages, invitations and commands itself.
type (
	AgencyID       = ID[agencyKind]
	UserID         = ID[userKind]
	DeviceID       = ID[deviceKind]
	ZoneID         = ID[zoneKind] // an operational zone
	WorkZoneID     = ID[workZoneKind]
	TeamID         = ID[teamKind]
	DispatchID     = ID[dispatchKind]
	TaskID         = ID[taskKind]
	ConversationID = ID[conversationKind]
	MessageID      = ID[messageKind]
	InvitationID   = ID[invitationKind]
	CommandID      = ID[commandKind]
	SessionID      = ID[sessionKind]
	LogID          = ID[logKind] // of a note on a dispatch's record
	RTAID          = ID[rtaKind]
	ChoiceID       = ID[choiceKind]
	NotificationID = ID[notificationKind] // of a push, as its payload says in "n"; made by the server and no version 7
)

// ParseID reads the 22 characters that String makes.
func ParseID[K any](s string) (ID[K], error) {
	u, err := record.ParseUUID(s)
	return ID[K](u), err
}

// UUID is the id without its kind.
func (id ID[K]) UUID() record.UUID { return record.UUID(id) }

// IsZero reports an absent id.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// String is the text form, "" for none.
func (id ID[K]) String() string {
	if id.IsZero() {
		return ""
	}
	return record.UUID(id).String()
}

// Hex is the form used in storage keys.
func (id ID[K]) Hex() string { return record.UUID(id).Hex() }

// MarshalText writes the text form.
func (id ID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text form; "" is the zero ID.
func (id *ID[K]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = ID[K]{}
		return nil
	}
	u, err := record.ParseUUID(string(b))
	if err != nil {
		return err
	}
	*id = ID[K](u)
	return nil
}

// Less orders ids bytewise, which for version 7 is by time of minting.
func (id ID[K]) Less(other ID[K]) bool { return string(id[:]) < string(other[:]) }

// Derive makes an id that follows from another, so that one command can bring forth several things and a replay
// brings forth the same: the hash of the parent and a word, with the parent's time part.
func Derive[K, P any](parent ID[P], word string) ID[K] {
	sum := sha256.Sum256(append(append([]byte(nil), parent[:]...), word...))
	var id ID[K]
	copy(id[:6], parent[:6])
	copy(id[6:], sum[:10])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}
