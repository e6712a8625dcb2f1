package sync

import (
	"context"

	"officermobile/models/wire"
)

// Repair brings one scope anew: a reset of it, or a drop if the device may not have it, whether or not it exists. The
// page's token holds the position that was presented, so that the next pass goes on from there; while More is true the
// next page comes from Repair again, with that token. A token within a pass goes on with that pass, and one that can't be
// used starts a full pass: both bring the scope in the end.
func (s *Service) Repair(ctx context.Context, who wire.Caller, req wire.RepairRequest) (wire.Page[any], error) {
	g, err := s.agencies.Agency(ctx, who.Agency)
	if err != nil {
		return wire.Page[any]{}, err
	}
	if err := s.admit(g, who); err != nil {
		return wire.Page[any]{}, err
	}
	pos := s.open(ctx, g, who, req.Token, req.Schema)
	if old, err := s.keys.open(ctx, who, req.Token); err == nil && old.pass != nil && old.pass.alone && old.pass.at == req.Scope && pos.seq == old.seq {
		pos.pass = old.pass // its next page
	} else if pos.seq > 0 && pos.pass == nil {
		pos.pass = &pass{c0: pos.seq, alone: true, at: req.Scope}
	}
	page, _, err := s.sealed(ctx, g, who, newAsk(who, req.Window, 0), pos)
	return page, err
}
