package replay

import (
	"math/rand/v2"
	"time"

	"officermobile/models"
	"officermobile/replay/shift"
)

// ids are those of what the plan makes. They follow from the seed, so that every device knows what to ask for; the
// server gives those of people, zones and teams.
type ids struct {
	dispatches    []models.DispatchID
	tasks         []models.TaskID
	conversations []models.ConversationID
	messages      []models.MessageID

	users     []models.UserID
	workZones []models.WorkZoneID
	teams     []models.TeamID
	zone      models.ZoneID
}

// mintIDs mints ids of version 7, by the planned times at which things are made. moved is how far they are from now on.
func mintIDs(plan shift.Shift, moved time.Duration) *ids {
	m := minter{rng: rand.New(rand.NewPCG(plan.Seed, 0x696473)), at: plan.From.Add(moved)}
	all := &ids{
		dispatches: mint[models.DispatchID](&m, len(plan.Dispatches)), tasks: mint[models.TaskID](&m, len(plan.Tasks)),
		conversations: mint[models.ConversationID](&m, len(plan.Conversations)), messages: mint[models.MessageID](&m, len(plan.Messages)),
		users: make([]models.UserID, len(plan.People)), workZones: make([]models.WorkZoneID, len(plan.WorkZones)),
		teams: make([]models.TeamID, len(plan.Teams)),
	}
	for _, s := range plan.Steps {
		m.at = s.At.Add(moved)
		switch do := s.Do.(type) {
		case shift.Post:
			all.messages[do.Message] = mint[models.MessageID](&m, 1)[0]
		case shift.Comment:
			if do.Message != shift.None {
				all.messages[do.Message] = mint[models.MessageID](&m, 1)[0]
			}
		}
	}
	for i, c := range plan.Conversations {
		if c.Kind == shift.OfDispatch {
			all.conversations[i] = models.ConversationOf(all.dispatches[c.Dispatch])
		}
	}
	return all
}

// remint mints anew what the plan makes, for another time.
func (i *ids) remint(plan shift.Shift, moved time.Duration) {
	fresh := mintIDs(plan, moved)
	i.dispatches, i.tasks, i.conversations, i.messages = fresh.dispatches, fresh.tasks, fresh.conversations, fresh.messages
}

// minter mints ids.
type minter struct {
	rng *rand.Rand
	at  time.Time
}

func mint[T ~[16]byte](m *minter, n int) []T {
	all := make([]T, n)
	for i := range all {
		id := &all[i]
		ms, high, low := uint64(m.at.UnixMilli()), m.rng.Uint64(), m.rng.Uint64()
		for k := range 16 {
			switch {
			case k < 6:
				(*id)[k] = byte(ms >> (40 - 8*k))
			case k < 8:
				(*id)[k] = byte(high >> (8 * k))
			default:
				(*id)[k] = byte(low >> (8 * (k - 8)))
			}
		}
		(*id)[6] = (*id)[6]&0x0f | 0x70
		(*id)[8] = (*id)[8]&0x3f | 0x80
	}
	return all
}
