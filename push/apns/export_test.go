package apns

import "time"

// ReasonOf reads the body of a refusal.
var ReasonOf = reasonOf

// SetNow makes Apple's time another.
func (s *Sender) SetNow(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = func() time.Time { return now }
}

// Bearer is the provider token that was used last.
func (s *Sender) Bearer() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bearer
}
