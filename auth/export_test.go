package auth

// Known is how many sessions and keys this node has in memory.
func (s *Service) Known() int {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	return len(s.live.byID)
}
