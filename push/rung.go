package push

import (
	"sync"
	"time"

	"officermobile/models/record"
)

// recentRings remembers the latest rings of this node, to tell how long a receipt was on its way. It is a help to
// metrics alone: what another node rang, or this one before a restart, is not in it.
type recentRings struct {
	mu    sync.Mutex
	of    map[record.UUID]recentRing
	order []record.UUID // of their noting, once full in a circle
	next  int
}

type recentRing struct {
	device deviceKey
	at     time.Time
}

// maxRecent is what two thousand rings a second make in eight seconds, in which nearly all receipts come; about 2 MB.
const maxRecent = 1 << 14

func (r *recentRings) note(id record.UUID, k deviceKey, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[record.UUID]recentRing{}
	}
	if _, again := r.of[id]; again {
		r.of[id] = recentRing{k, at}
		return
	}
	if len(r.order) < maxRecent {
		r.order = append(r.order, id)
	} else {
		delete(r.of, r.order[r.next])
		r.order[r.next] = id
		r.next = (r.next + 1) % maxRecent
	}
	r.of[id] = recentRing{k, at}
}

// at is when a notification was accepted for a device; the zero time if that is not remembered. foreign: it was another
// device's.
func (r *recentRings) at(id record.UUID, k deviceKey) (at time.Time, foreign bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.of[id]
	if ok && found.device != k {
		return time.Time{}, true
	}
	return found.at, false
}
