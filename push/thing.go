package push

import (
	"encoding/hex"
	"strings"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// thing is what a ring is about: one place on a device's screen, so that what comes again replaces what is there.
type thing struct {
	sort thingSort
	id   record.UUID
}

type thingSort string

const (
	aConversation thingSort = "conv" // routine messages, however many
	anInvitation  thingSort = "inv"
	aTask         thingSort = "task"
	anUrgent      thingSort = "urg"   // one urgent message
	aBadge        thingSort = "badge" // the count on the app's icon
	aTest         thingSort = "test"  // somebody wants to see that the device rings; the id is the device's
)

// class is how much it matters, which its sort alone decides.
func (t thing) class() Class {
	switch t.sort {
	case anUrgent:
		return Emergency
	case anInvitation, aTask:
		return Invite
	case aBadge:
		return Quiet
	}
	return Message
}

// String is the form in document ids, such as "conv:0197...".
func (t thing) String() string { return string(t.sort) + ":" + t.id.Hex() }

func parseThing(s string) (thing, bool) {
	sort, id, _ := strings.Cut(s, ":")
	t := thing{sort: thingSort(sort)}
	n, err := hex.Decode(t.id[:], []byte(id))
	return t, err == nil && n == len(t.id)
}

// deviceKey is a device of an agency.
type deviceKey struct {
	agency models.AgencyID
	device models.DeviceID
}

func (k deviceKey) String() string { return k.agency.Hex() + "/" + k.device.Hex() }

// slotKey is one thing on one device.
type slotKey struct {
	deviceKey
	thing thing
}

func (k slotKey) id() string { return k.deviceKey.String() + "/" + k.thing.String() }

func parseSlotKey(agency models.AgencyID, id string) (slotKey, bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 {
		return slotKey{}, false
	}
	k := slotKey{deviceKey: deviceKey{agency: agency}}
	n, err := hex.Decode(k.device[:], []byte(parts[1]))
	var ok bool
	k.thing, ok = parseThing(parts[2])
	return k, ok && err == nil && n == len(k.device)
}

// Kinds of the outbox's documents: one per class, so that an operator can ask the store what is due by urgency.
const (
	kindEmergency store.Kind = "push_emergency"
	kindInvite    store.Kind = "push_invite"
	kindMessage   store.Kind = "push_message"
)

func (k slotKey) kind() store.Kind {
	switch k.thing.class() {
	case Emergency:
		return kindEmergency
	case Invite:
		return kindInvite
	}
	return kindMessage
}

// fromHex fills to from exactly its length in hex digits.
func fromHex(to []byte, s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && copy(to, b) == len(b) && len(b) == len(to)
}
