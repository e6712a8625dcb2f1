package push

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"

	"officermobile/models"
	"officermobile/models/record"
)

// A notification's id follows from what is rung and the first event of it, so that a ring repeated after a crash has the
// id of the one before and the device drops it. And it can be read back: the event's position is in it, hidden by a mask
// that takes the device's id to compute. So what a device asks for by an id is found in the log, and nothing is kept
// for it. It is a version 8 UUID: six bytes of position, ten that prove it.
const positionBytes = 6 // the position of a log that takes a million events a second for nine years

// notificationID is the id of a ring.
func notificationID(k slotKey, first record.Seq) record.UUID {
	h := sha256.New()
	h.Write([]byte("notification"))
	h.Write(k.agency[:])
	h.Write(k.device[:])
	h.Write([]byte(k.thing.String()))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(first)))
	var id record.UUID
	copy(id[positionBytes:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	position := binary.BigEndian.AppendUint64(nil, uint64(first))
	subtle.XORBytes(id[:positionBytes], position[8-positionBytes:], positionMask(k.deviceKey, id))
	return id
}

// positionMask hides the position in an id.
func positionMask(k deviceKey, id record.UUID) []byte {
	h := sha256.New()
	h.Write([]byte("position"))
	h.Write(k.agency[:])
	h.Write(k.device[:])
	h.Write(id[positionBytes:])
	return h.Sum(nil)[:positionBytes]
}

// positionIn is the position that an id says; of an id that is not of this device's ring, any.
func positionIn(k deviceKey, id record.UUID) record.Seq {
	position := make([]byte, 8)
	subtle.XORBytes(position[8-positionBytes:], id[:positionBytes], positionMask(k, id))
	return record.Seq(binary.BigEndian.Uint64(position))
}

// rungBy finds what a notification to a device was about, by the log; models.ErrNotFound if there was no such thing.
func (p *Service) rungBy(ctx context.Context, k deviceKey, id record.UUID) (slotKey, error) {
	first := positionIn(k, id)
	if first == 0 {
		return slotKey{}, models.ErrNotFound
	}
	events, _, err := p.feed.Events(ctx, k.agency, first-1, 1)
	if err != nil {
		return slotKey{}, err
	}
	if len(events) == 0 || events[0].Seq != first {
		return slotKey{}, models.ErrNotFound
	}
	var o owed
	if err := p.sight.View(ctx, k.agency, func(s *models.State) { o, _ = subject(s, events[0]) }); err != nil {
		return slotKey{}, err
	}
	key := slotKey{k, o.key.thing}
	if notificationID(key, first) != id {
		return slotKey{}, models.ErrNotFound
	}
	return key, nil
}
