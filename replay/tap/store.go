package tap

import (
	"context"
	"time"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/replay/audit"

	"github.com/go-json-experiment/json"
)

// Store is a device's store that is watched.
func (t *Tap) Store(st client.Store) client.Store { return &watched{Store: st, tap: t} }

type watched struct {
	client.Store
	tap *Tap
}

// Commit implements client.Store. What failed to be kept was not taken.
func (w *watched) Commit(ctx context.Context, c client.Change) error {
	if err := w.Store.Commit(ctx, c); err != nil {
		return err
	}
	w.tap.committed(c)
	return nil
}

func (t *Tap) committed(c client.Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.Meta != nil && !c.Meta.Device.IsZero() {
		t.device = c.Meta.Device
	}
	t.entries(c)
	if c.Meta == nil || c.Meta.Token == "" {
		return
	}
	if _, known := t.numbers[c.Meta.Token]; known {
		return
	}
	position := len(t.positions)
	t.numbers[c.Meta.Token] = position
	t.positions = append(t.positions, time.Now())
	t.took(position, c)
}

// took notes what a position includes. mu is held.
func (t *Tap) took(position int, c client.Change) {
	for sc, run := range c.Messages {
		if len(run) == 0 {
			continue
		}
		reached := t.rows[sc.ID]
		if n := run[len(run)-1].N; len(reached) == 0 || n > reached[len(reached)-1].n {
			t.rows[sc.ID] = append(reached, reach{n, position})
		}
	}
	for _, r := range c.PutRows {
		for _, thing := range thingsOf(r) {
			if _, had := t.has[thing]; !had {
				t.has[thing] = position
			}
		}
	}
}

// thingsOf is what a row is about that somebody is rung for.
func thingsOf(r client.Row) []Thing {
	id, err := record.ParseUUID(r.ID)
	if err != nil || r.Scope.Rank != models.RankSelf && r.Kind != models.RowTask {
		return nil
	}
	switch r.Kind {
	case models.RowInvitation:
		return []Thing{{Kind: r.Kind, ID: id}}
	case models.RowTask:
		var task wire.Task
		if json.Unmarshal(r.Data, &task) == nil {
			return []Thing{{Kind: r.Kind, ID: id, User: task.Assignee}}
		}
	case models.RowUrgent:
		return stepsOf(r.Data, id)
	}
	return nil
}

// stepsOf are the steps of an urgent message's escalation that a row tells of: who has the second knows of the first.
// Step 0 is the ring before them.
func stepsOf(data []byte, id record.UUID) []Thing {
	var urgent wire.Urgent
	if json.Unmarshal(data, &urgent) != nil {
		return nil
	}
	var all []Thing
	if urgent.Again {
		all = append(all, Thing{Kind: models.RowUrgent, ID: id})
	}
	for step := models.StepRung; step <= urgent.Step; step++ {
		all = append(all, Thing{Kind: models.RowUrgent, ID: id, Step: step})
	}
	return all
}

// entries follows the outbox: what enters it was given, and what it is told is kept. What leaves it without a word was
// applied, since refusals go to a list. mu is held.
func (t *Tap) entries(c client.Change) {
	for _, e := range c.PutEntries {
		t.entry(e).Outcome = e.Outcome
	}
	for _, e := range c.AddRefused {
		t.entry(e).Outcome = e.Outcome
	}
	for _, k := range c.DeleteEntries {
		for _, known := range t.commands {
			if known.Lane == k.Lane && known.Num == k.Num && known.Device == t.device && known.Outcome == "" {
				known.Outcome = models.Applied
			}
		}
	}
}

// entry is what is known of a command. It may get another number, if the server never had the one before. mu is held.
func (t *Tap) entry(e client.Entry) *audit.Command {
	known := t.commands[e.ID]
	if known == nil {
		known = &audit.Command{ID: e.ID, Type: e.Type}
		t.commands[e.ID] = known
		t.order = append(t.order, e.ID)
	}
	known.CommandKey = audit.CommandKey{Device: t.device, Lane: e.Lane, Num: e.Num}
	return known
}
