package sync

import (
	"context"
	"errors"
	"math"

	"officermobile/models"
	"officermobile/models/wire"
)

// maxHistory bounds what one request for history brings.
const maxHistory = wire.MaxWindow

// History returns rows of a conversation before a number (0: the newest), at most limit, in order of n. Who is not in it,
// or was not when it left memory, hears models.ErrNotFound, as for one that does not exist. Rows that a member may not read are not there for them.
func (s *Service) History(ctx context.Context, who wire.Caller, id models.ConversationID, before uint32, limit int) (wire.Messages, error) {
	g, err := s.agencies.Agency(ctx, who.Agency)
	if err != nil {
		return nil, err
	}
	if err := s.admit(g, who); err != nil {
		return nil, err
	}
	if before == 0 {
		before = math.MaxUint32
	}
	limit = min(max(limit, 1), maxHistory)
	from, rows, err := hotHistory(g, who, id, before, limit)
	if errors.Is(err, errArchived) {
		return s.archived(ctx, g, who, id, before, limit)
	}
	if err != nil || rows != nil {
		return rows, err
	}
	rows, err = older(ctx, g, id, from, before, limit)
	if err != nil {
		return nil, err
	}
	if _, _, err := hotHistory(g, who, id, before, limit); errors.Is(err, errArchived) {
		return nil, models.ErrNotFound
	} else if err != nil { // access may have ended meanwhile
		return nil, err
	}
	return rows, nil
}

// errArchived says that a conversation is not in memory.
var errArchived = errors.New("not in memory")

// hotHistory answers from memory, or with nil and the first row that may be read where the log has to be asked.
func hotHistory(g *Agency, who wire.Caller, id models.ConversationID, before uint32, limit int) (from uint32, rows wire.Messages, err error) {
	g.View(func(st *models.State) {
		if st.Conversation(id) == nil {
			err = errArchived
			return
		}
		if in, _ := st.IsIn(who.User, id); !in {
			err = models.ErrNotFound
			return
		}
		from = max(st.FromN(who.User, id), 1)
		timeline := st.Timeline(id)
		if len(timeline) == 0 {
			rows = wire.Messages{}
			return
		}
		upto := behindN(timeline, before-1)
		start := max(upto-limit, behindN(timeline, from-1))
		if start > 0 && start == upto-limit || timeline[0].N <= from {
			rows = wire.MessagesOf(timeline[min(start, upto):upto])
		}
	})
	return from, rows, err
}
