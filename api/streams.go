package api

import (
	stdsync "sync"

	"officermobile/auth"
	"officermobile/models"
)

// seats bounds how many streams are open: in all, of one agency so that it leaves room for others, and of one user so
// that a program that forgets to close what it opens harms only itself. A device has one stream: the newer replaces
// the older, which is package sync's to see to.
type seats struct {
	total, agency, user int // at most; negative: no limit

	mu       stdsync.Mutex
	taken    int
	byAgency map[models.AgencyID]int
	byUser   map[userKey]int
}

var errStreams = &models.Error{Kind: models.KindUnavailable, Code: "too_many_streams", Message: "Too many streams are open here.", RetryMS: 30_000}

// errOwnStreams is the user's own limit: another server would not help.
var errOwnStreams = &models.Error{Kind: models.KindLimited, Code: "too_many_streams", Message: "You have too many streams open.", RetryMS: 30_000}

func newSeats(o Options) *seats {
	return &seats{
		total: o.Streams, agency: o.AgencyStreams, user: o.UserStreams,
		byAgency: map[models.AgencyID]int{}, byUser: map[userKey]int{},
	}
}

// take gives a stream its seat; leave gives it back, once.
func (s *seats) take(c auth.Caller) error {
	user := userKey{c.Agency, c.User}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case full(s.byUser[user], s.user):
		return errOwnStreams
	case full(s.taken, s.total) || full(s.byAgency[c.Agency], s.agency):
		return errStreams
	}
	s.taken++
	s.byAgency[c.Agency]++
	s.byUser[user]++
	return nil
}

func full(taken, limit int) bool { return limit >= 0 && taken >= limit }

func (s *seats) leave(c auth.Caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	fewer(s.byAgency, c.Agency)
	fewer(s.byUser, userKey{c.Agency, c.User})
}

// fewer counts down and forgets what has none, so that the maps hold only who is here.
func fewer[K comparable](m map[K]int, key K) {
	if m[key]--; m[key] == 0 {
		delete(m, key)
	}
}

func (s *seats) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}
