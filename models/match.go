package models

// revised is a command about one thing that has a rev; 0 for one that isn't there.
type revised interface {
	revOf(s *State) uint32
}

// errMoved refuses a change of what is not as the asker last saw it.
var errMoved = Refuse(KindPrecondition, "rev_moved", "It has changed since you saw it; look again.")

// checkMatch holds a command to the rev that it names. It comes after the command's own refusal, so that who may not know
// of a thing learns nothing of its rev.
func (s *State) checkMatch(c Command, refused error) error {
	b, ok := c.Body.(revised)
	if c.Match == 0 || !ok || b.revOf(s) == c.Match {
		return nil
	}
	if e := AsError(refused); e != nil && (e.Kind == KindNotFound || e.Kind == KindForbidden) {
		return nil
	}
	return errMoved
}

// revOf is the rev of something that may be absent.
func revOf[T any](v *T, rev func(*T) uint32) uint32 {
	if v == nil {
		return 0
	}
	return rev(v)
}

func (b *UserChange) revOf(s *State) uint32 {
	return revOf(s.users[b.UserID], func(u *User) uint32 { return u.Rev })
}

func (b *PutZone) revOf(s *State) uint32 {
	return revOf(s.zones[b.ID], func(z *Zone) uint32 { return z.Rev })
}

func (b *PutWorkZone) revOf(s *State) uint32 {
	return revOf(s.workZones[b.ID], func(w *WorkZone) uint32 { return w.Rev })
}

func (b *PutTeam) revOf(s *State) uint32 {
	return revOf(s.teams[b.ID], func(t *Team) uint32 { return t.Rev })
}

func (b *DispatchChange) revOf(s *State) uint32 {
	return revOf(s.dispatches[b.DispatchID], func(d *Dispatch) uint32 { return d.Rev })
}

// Deleting asks for the rev of what is deleted.

func (b *DeleteZone) revOf(s *State) uint32     { return (&PutZone{ID: b.ID}).revOf(s) }
func (b *DeleteWorkZone) revOf(s *State) uint32 { return (&PutWorkZone{ID: b.ID}).revOf(s) }
func (b *DeleteTeam) revOf(s *State) uint32     { return (&PutTeam{ID: b.ID}).revOf(s) }
func (b *DeleteRTA) revOf(s *State) uint32 {
	return revOf(s.rtas[b.ID], func(r *RTA) uint32 { return r.Rev })
}
func (b *DeleteChoice) revOf(s *State) uint32 {
	return revOf(s.Choice(b.ID), func(x *Choice) uint32 { return x.Rev })
}
