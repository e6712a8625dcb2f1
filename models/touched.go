package models

import (
	"cmp"
	"slices"

	"officermobile/models/record"
)

// The feeds of an agency form a list by their latest change, messages included, so that what has changed for anybody
// since a position costs as much as has changed, however many scopes there are.

// stir moves a scope's feed to the head of that list.
func (s *State) stir(sc Scope) {
	if s.view == nil {
		return
	}
	if f := s.view.feeds[sc]; f != nil {
		s.view.unchain(f)
		f.stirred = s.Seq
		s.view.chain(f)
	}
}

func (v *view) chain(f *feed) {
	f.before, f.after = v.latest, nil
	if v.latest != nil {
		v.latest.after = f
	}
	v.latest = f
}

func (v *view) unchain(f *feed) {
	if f.before != nil {
		f.before.after = f.after
	}
	if f.after != nil {
		f.after.before = f.before
	}
	if v.latest == f {
		v.latest = f.before
	}
	f.before, f.after = nil, nil
}

// rechain rebuilds the list of a view that was loaded, from what its rows and conversations say.
func (v *view) rechain(conversations map[ConversationID]*Conversation) {
	feeds := make([]*feed, 0, len(v.feeds))
	for sc, f := range v.feeds {
		if f.newest != nil {
			f.stirred = f.newest.Seq
		}
		if c := conversations[ConversationID(sc.ID)]; sc.Rank == RankConversation && c != nil {
			f.stirred = max(f.stirred, c.LastSeq)
		}
		feeds = append(feeds, f)
	}
	slices.SortFunc(feeds, func(a, b *feed) int { return cmp.Compare(a.stirred, b.stirred) })
	for _, f := range feeds {
		v.chain(f)
	}
	for _, a := range v.access {
		for _, g := range a.grants {
			a.changed = max(a.changed, g.Since, g.Until)
		}
	}
}

// Touched returns the scopes in which a row or a message changed after a position, in the order of a pass. ok is false,
// and the answer of no use, if there are more than limit.
func (s *State) Touched(after record.Seq, limit int) (scopes []Scope, ok bool) {
	for f := s.view.latest; f != nil && f.stirred > after; f = f.before {
		if len(scopes) == limit {
			return nil, false
		}
		scopes = append(scopes, f.scope)
	}
	slices.SortFunc(scopes, Scope.Compare)
	return scopes, true
}

// AccessChanged is the position of the latest grant to, or revocation from, a user; 0 for none.
func (s *State) AccessChanged(u UserID) record.Seq {
	if a := s.view.access[u]; a != nil {
		return a.changed
	}
	return 0
}

// GrantOf returns what a user's access to one scope is and was; false if they never had it, or lost it below the floor.
func (s *State) GrantOf(u UserID, sc Scope) (Grant, bool) {
	a := s.view.access[u]
	if a == nil {
		return Grant{}, false
	}
	i, ok := a.find(sc)
	if !ok {
		return Grant{}, false
	}
	return a.grants[i], true
}
