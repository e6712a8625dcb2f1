package sync

import (
	"context"
	"errors"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
)

// Message returns the event of a message to somebody who may know what became of it: its author, and those who run
// things, as long as they are in the conversation. To all others it does not exist: models.ErrNotFound. Messages that
// have left memory, alone or with their dispatch, are found in the log. Of one in memory the event has no text.
func (s *Service) Message(ctx context.Context, who wire.Caller, id models.MessageID) (models.Event, error) {
	g, err := s.agencies.Agency(ctx, who.Agency)
	if err != nil {
		return models.Event{}, err
	}
	event, known := models.Event{}, false
	g.View(func(st *models.State) {
		if m := st.Message(id); m != nil {
			posted := &models.MessagePosted{ID: m.ID, Conversation: m.Conversation, N: m.N, Urgent: m.Urgent}
			event, known = models.Event{Seq: m.Seq, At: m.At, Actor: m.Author, Body: posted}, true
		}
	})
	if !known {
		if event, err = g.minted(ctx, id.UUID()); err != nil {
			return models.Event{}, err
		}
	}
	posted, ok := event.Body.(*models.MessagePosted)
	if !ok || !g.mayAsk(ctx, who.User, event.Actor, posted) {
		return models.Event{}, models.ErrNotFound
	}
	return event, nil
}

// minted is the event that took an id.
func (g *Agency) minted(ctx context.Context, id record.UUID) (models.Event, error) {
	e, ok, err := g.keyed(ctx, record.MintedKey(id))
	if err == nil && !ok {
		err = models.ErrNotFound
	}
	return e, err
}

// keyed is the newest event with an index key; not ok: there is none.
func (g *Agency) keyed(ctx context.Context, key string) (e models.Event, ok bool, err error) {
	found, err := g.store.Find(ctx, g.log, key)
	if errors.Is(err, store.ErrNotFound) {
		return e, false, nil
	}
	if err == nil {
		e, err = eventOf(found)
	}
	if err != nil {
		return e, false, errInternal("look up an event by its key", err)
	}
	return e, true, nil
}

// mayAsk is State.MayAskReceipts, and the same of a conversation that left memory with its dispatch.
func (g *Agency) mayAsk(ctx context.Context, user, author models.UserID, m *models.MessagePosted) bool {
	may, there := false, false
	g.View(func(s *models.State) {
		there = s.Conversation(m.Conversation) != nil
		may = s.MayAskReceipts(user, author, m.Conversation, m.N)
	})
	if there {
		return may
	}
	found, err := g.store.Find(ctx, g.log, record.MintedKey(m.Conversation.UUID()))
	if err != nil {
		return false
	}
	_, events, err := models.DecodeBatch(found.Batch)
	if err != nil {
		return false
	}
	sealed := models.SealedIn(events, found.Event)
	g.View(func(s *models.State) { may = sealed != nil && s.MayAskSealedReceipts(user, author, sealed) })
	return may
}

// Acks are when users acknowledged a message, of those who did: from the state, else from the log.
func (s *Service) Acks(ctx context.Context, agency models.AgencyID, id models.MessageID, users []models.UserID) (map[models.UserID]models.Micros, error) {
	g, err := s.agencies.Agency(ctx, agency)
	if err != nil {
		return nil, err
	}
	acks, known := map[models.UserID]models.Micros{}, false
	g.View(func(st *models.State) {
		if u := st.Urgent(id); u != nil {
			known = true
			for user, at := range u.Acked {
				acks[user] = at
			}
		}
	})
	if known {
		return acks, nil
	}
	for _, user := range users {
		e, ok, err := g.keyed(ctx, record.AckKey(id.UUID(), user.UUID()))
		if err != nil {
			return nil, err
		}
		if ok {
			acks[user] = e.At
		}
	}
	return acks, nil
}

// Steps are the events by which an urgent message was escalated, in order, from the log. One steps over those whose time
// came together.
func (s *Service) Steps(ctx context.Context, agency models.AgencyID, id models.MessageID) ([]models.Event, error) {
	g, err := s.agencies.Agency(ctx, agency)
	if err != nil {
		return nil, err
	}
	var all []models.Event
	for step := models.StepRung; step <= models.StepGaveUp; step++ {
		e, ok, err := g.keyed(ctx, record.StepKey(id.UUID(), uint8(step)))
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, e)
		}
	}
	return all, nil
}
