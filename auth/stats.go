package auth

// Stats are a Service's counts at a moment. What became of sign-ins the audit hook is told.
type Stats struct {
	Hashing int // passwords that are hashed now
	Waiting int // callers that wait for their turn
}

// Stats are the counts at this moment.
func (s *Service) Stats() Stats {
	hashing := len(s.passwords.slots)
	return Stats{Hashing: hashing, Waiting: max(0, len(s.passwords.queue)-hashing)}
}
