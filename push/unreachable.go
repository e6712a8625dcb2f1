package push

import (
	"sync"
	"time"
)

const (
	// unreachableFor is how long it is remembered that a device has no address. An address that is registered on this
	// node counts at once; one that is registered on another may be missed for so long, by a person who holds the
	// phone in hand at that moment.
	unreachableFor = time.Second
	// maxUnreachable bounds the memory, about 100 bytes each; above it all is forgotten and asked anew.
	maxUnreachable = 1 << 16
)

// unreachable remembers devices without an address. Consoles and phones that refused notifications are in every
// conversation: without this each message takes a slot, a worker and a read of the store for each of them.
type unreachable struct {
	mu      sync.Mutex
	until   map[deviceKey]time.Time // kept when past: such a device most likely still has none
	changes uint64                  // addresses registered here, so that one isn't overtaken by an older look at the store
}

// holds reports a device that had no address just now, and if not, what to note with.
func (u *unreachable) holds(k deviceKey, now time.Time) (yes bool, changes uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return now.Before(u.until[k]), u.changes
}

// suspects reports a device that had no address when last asked, however long ago.
func (u *unreachable) suspects(k deviceKey) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.until[k]
	return ok
}

// note remembers that a device had no address, unless one was registered since holds was asked.
func (u *unreachable) note(k deviceKey, now time.Time, changes uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if changes != u.changes {
		return
	}
	if u.until == nil || len(u.until) >= maxUnreachable {
		u.until = map[deviceKey]time.Time{}
	}
	u.until[k] = now.Add(unreachableFor)
}

// found drops a suspicion: the store has an address, perhaps from another node.
func (u *unreachable) found(k deviceKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.until, k)
}

// forget is called when a device registers an address.
func (u *unreachable) forget(k deviceKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.changes++
	delete(u.until, k)
}
