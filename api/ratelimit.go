package api

import (
	"container/list"
	stdsync "sync"
	"time"

	"officermobile/auth"
	"officermobile/models"

	"golang.org/x/time/rate"
)

// keptBuckets bounds the memory of a limiter, 200 bytes each. Whoever is forgotten begins with a full bucket, so that
// a flood of addresses can't lock anybody out.
const keptBuckets = 1 << 16

// burstSeconds is how many seconds' worth may come at once: a phone that comes out of a tunnel has its outbox, its
// page and its images to ask for.
const burstSeconds = 4

// alarmBurst is how many presses of the panic button that don't fold into one may come at once: nobody in need has ten
// reasons within seconds, and a program that has is slowed to one a second.
const alarmBurst = 10

// limits are the rates of an API. What is urgent has a bucket of its own behind the common one: no flood of routine
// requests by the same device takes it away.
type limits struct {
	callers, urgents *buckets[callerKey]
	users            *buckets[userKey]
	alarms           *buckets[callerKey]
	strangers        *buckets[string]
}

type userKey struct {
	agency models.AgencyID
	user   models.UserID
}

type callerKey struct {
	agency models.AgencyID
	user   models.UserID
	device models.DeviceID
}

func newLimits(o Options) limits {
	return limits{
		callers:   newBuckets[callerKey](o.DevicePerSecond, burstSeconds*o.DevicePerSecond),
		users:     newBuckets[userKey](o.UserPerSecond, burstSeconds*o.UserPerSecond),
		urgents:   newBuckets[callerKey](o.UrgentPerSecond, burstSeconds*o.UrgentPerSecond),
		alarms:    newBuckets[callerKey](min(o.UrgentPerSecond, 1), alarmBurst),
		strangers: newBuckets[string](o.AddressPerSecond, burstSeconds*o.AddressPerSecond),
	}
}

// caller counts a request of somebody signed in.
func (l *limits) caller(c auth.Caller, urgent bool, now time.Time) error {
	key := callerKey{c.Agency, c.User, c.Device}
	if l.callers.take(key, now) && l.users.take(userKey{c.Agency, c.User}, now) || urgent && l.urgents.take(key, now) {
		return nil
	}
	return errLimited
}

// alarm counts a duress of somebody signed in: nothing else draws on this bucket, of ten presses and one a second.
func (l *limits) alarm(c auth.Caller, now time.Time) error {
	if l.alarms.take(callerKey{c.Agency, c.User, c.Device}, now) {
		return nil
	}
	return errLimited
}

// stranger counts a request of nobody known, by address; of IPv6 by network.
func (l *limits) stranger(address string, now time.Time) error {
	if l.strangers.take(auth.NetworkOf(address), now) {
		return nil
	}
	return errLimited
}

var errLimited = &models.Error{Kind: models.KindLimited, Code: "limited", Message: "Too many requests.", RetryMS: 1000}

// buckets are token buckets by key, those used least lately forgotten.
type buckets[K comparable] struct {
	perSecond int // negative: no limit
	burst     int

	mu    stdsync.Mutex
	byKey map[K]*list.Element
	order *list.List // of *bucket[K], the latest used in front
}

type bucket[K comparable] struct {
	key     K
	limiter *rate.Limiter
}

func newBuckets[K comparable](perSecond, burst int) *buckets[K] {
	return &buckets[K]{perSecond: perSecond, burst: burst, byKey: map[K]*list.Element{}, order: list.New()}
}

func (b *buckets[K]) take(key K, now time.Time) bool {
	if b.perSecond < 0 {
		return true
	}
	return b.of(key).AllowN(now, 1)
}

func (b *buckets[K]) of(key K) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.byKey[key]; e != nil {
		b.order.MoveToFront(e)
		return e.Value.(*bucket[K]).limiter
	}
	fresh := &bucket[K]{key: key, limiter: rate.NewLimiter(rate.Limit(b.perSecond), b.burst)}
	b.byKey[key] = b.order.PushFront(fresh)
	if b.order.Len() > keptBuckets {
		oldest := b.order.Remove(b.order.Back()).(*bucket[K])
		delete(b.byKey, oldest.key)
	}
	return fresh.limiter
}
