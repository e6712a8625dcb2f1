package sync

import (
	"context"

	"officermobile/models/wire"
)

// Report takes what a device says of its presence, without a page. Errors as of Sync.
func (s *Service) Report(ctx context.Context, who wire.Caller, p wire.Presence) error {
	g, err := s.agencies.Agency(ctx, who.Agency)
	if err != nil {
		return err
	}
	if err := s.admit(g, who); err != nil {
		return err
	}
	s.presence.report(who, p)
	return nil
}
