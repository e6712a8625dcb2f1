package records

import (
	"context"
	"errors"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// asker is somebody's search: who they are, and what the log told of dispatches that have left memory.
type asker struct {
	s      *Service
	agency models.AgencyID
	user   models.UserID
	index  *index
	upto   *snapshot
	sealed map[record.UUID]*models.Sealed // by the id that an entry has; nil: there is none
}

// seal looks up what some entries are of where memory has it no more.
func (a *asker) seal(ctx context.Context, entries []entry) error {
	var gone []record.UUID
	err := a.s.sight.View(ctx, a.agency, func(s *models.State) {
		for i := range entries {
			if place := entries[i].place; !inMemory(s, &entries[i]) {
				gone = append(gone, place)
			}
		}
	})
	for _, id := range gone {
		if _, asked := a.sealed[id]; asked || err != nil {
			continue
		}
		var x *models.Sealed
		if x, err = a.s.log.Sealed(ctx, a.agency, id); errors.Is(err, models.ErrNotFound) {
			x, err = nil, nil
		}
		a.sealed[id] = x
	}
	return err
}

func inMemory(s *models.State, e *entry) bool {
	if e.sort == aMessage {
		return s.Conversation(models.ConversationID(e.place)) != nil
	}
	return s.Dispatch(models.DispatchID(e.place)) != nil
}

// may reports whether the asker may see now what an entry is about.
func (a *asker) may(s *models.State, e *entry) bool {
	if !inMemory(s, e) {
		if e.sort == aMessage {
			return s.ReadsSealed(a.user, a.sealed[e.place])
		}
		return s.SeesSealed(a.user, a.sealed[e.place])
	}
	if e.sort != aMessage {
		return s.SeesDispatch(a.user, models.DispatchID(e.place))
	}
	id := models.ConversationID(e.place)
	in, _ := s.IsIn(a.user, id)
	return in && e.n >= s.FromN(a.user, id)
}

// dispatch is what is known of one now, in memory or sealed.
func (a *asker) dispatch(s *models.State, e *entry) *models.Dispatch {
	if d := s.Dispatch(models.DispatchID(e.place)); d != nil {
		return d
	}
	if x := a.sealed[e.place]; x != nil {
		return &x.Dispatch
	}
	return nil
}

// note is what an entry says of a dispatch's record, in memory or sealed; nil if it is there no more.
func (a *asker) note(s *models.State, e *entry) *wire.FoundNote {
	var notes []models.LogNote
	var tasks []models.Task
	if d := s.Dispatch(models.DispatchID(e.place)); d != nil {
		for _, id := range d.Log {
			notes = append(notes, *s.LogNote(id))
		}
		for _, id := range d.Tasks {
			tasks = append(tasks, *s.Task(id))
		}
	} else if x := a.sealed[e.place]; x != nil {
		notes, tasks = x.Log, x.Tasks
	}
	for _, n := range notes {
		if e.sort == aNote && n.At == e.at {
			return &wire.FoundNote{ID: n.ID, Author: n.Author, Text: n.Text}
		}
	}
	for _, t := range tasks {
		if e.sort == response && t.Moved == e.at && t.Response != "" {
			return &wire.FoundNote{Task: t.ID, Author: t.Assignee, Text: t.Response}
		}
	}
	return nil
}

// dispatchesOf are the dispatches among some entries that the asker may see and that have or had the number.
func (a *asker) dispatchesOf(ctx context.Context, entries []entry, q wire.Search) (ids []models.DispatchID, err error) {
	if err := a.seal(ctx, entries); err != nil {
		return nil, err
	}
	called := make([]bool, len(entries))
	for i := range entries {
		o, known, err := a.index.origin(ctx, a.upto.block, models.DispatchID(entries[i].place))
		if err != nil {
			return nil, err
		}
		called[i] = known && o.called(q)
	}
	err = a.s.sight.View(ctx, a.agency, func(s *models.State) {
		for i := range entries {
			if called[i] && a.may(s, &entries[i]) {
				ids = append(ids, models.DispatchID(entries[i].place))
			}
		}
	})
	return ids, err
}
