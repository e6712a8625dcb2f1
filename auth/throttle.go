package auth

import (
	"sync"
	"time"

	"officermobile/models"
)

// throttle slows one address down before an account locks, so that locking somebody out takes more than one address
// and some patience. It lives in memory: per node, gone at a restart; the lock itself is durable.
type throttle struct {
	window time.Duration
	limit  int // failures of one address

	mu   sync.Mutex
	seen map[string]*failures
}

type failures struct {
	count int
	until time.Time // when the window ends
	wait  time.Time // no further attempt before
}

// Bounds of the throttle.
const (
	maxThrottled   = 1 << 14         // addresses and pairs remembered; then the map starts over, which forgives
	freeFailures   = 2               // of one address at one account, before it has to pause
	pauseAfterFail = 2 * time.Second // doubles with each further failure
)

func newThrottle(window time.Duration, limit int) *throttle {
	return &throttle{window: window, limit: limit, seen: map[string]*failures{}}
}

// check answers KindLimited if the address must wait before it tries this account.
func (t *throttle) check(now time.Time, remote, account string) error {
	remote = NetworkOf(remote)
	t.mu.Lock()
	defer t.mu.Unlock()
	until := now
	if f := t.current(now, remote); f != nil && f.count >= t.limit {
		until = f.until
	}
	if f := t.current(now, remote+"|"+account); f != nil && f.wait.After(until) {
		until = f.wait
	}
	if !until.After(now) {
		return nil
	}
	return &models.Error{Kind: models.KindLimited, Code: "sign_in_throttled", RetryMS: int(until.Sub(now).Milliseconds()) + 1,
		Message: "Too many failed attempts from this address; wait a little."}
}

// fail counts a failure of the address at the account.
func (t *throttle) fail(now time.Time, remote, account string) {
	remote = NetworkOf(remote)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(now, remote)
	pair := t.count(now, remote+"|"+account)
	if over := pair.count - freeFailures; over > 0 {
		pair.wait = now.Add(pauseAfterFail << min(over-1, 6))
	}
}

// forgive forgets the failures of the address at the account, after a success.
func (t *throttle) forgive(remote, account string) {
	remote = NetworkOf(remote)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, remote+"|"+account)
}

func (t *throttle) current(now time.Time, key string) *failures {
	f := t.seen[key]
	if f != nil && !now.Before(f.until) {
		delete(t.seen, key)
		return nil
	}
	return f
}

func (t *throttle) count(now time.Time, key string) *failures {
	f := t.current(now, key)
	if f == nil {
		if len(t.seen) >= maxThrottled {
			clear(t.seen)
		}
		f = &failures{until: now.Add(t.window)}
		t.seen[key] = f
	}
	f.count++
	return f
}
