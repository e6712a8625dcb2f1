package audit

import (
	"bytes"
	"context"
	"fmt"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// kinds of rows but messages, which lie apart.
var kinds = [...]models.RowKind{
	models.RowMe, models.RowDevice, models.RowMark, models.RowInvitation, models.RowUrgent, models.RowAgency, models.RowUser,
	models.RowDuty, models.RowZone, models.RowWorkZone, models.RowTeam, models.RowDispatch, models.RowTask,
	models.RowConversation, models.RowMember, models.RowLog, models.RowRTA, models.RowChoice, models.RowMute,
}

// Diff is how what a device holds differs from what its user may see.
type Diff struct {
	Rows    int // compared, messages included
	Missing []string
	Extra   []string // what it may not have
	Stale   []string // another content, or older than it is
}

// Compare compares a device's rows with its user's visible set. window is the least number of newest messages that a
// conversation must show of those there are.
func Compare(ctx context.Context, log *Log, user models.UserID, st client.Store, window int) (Diff, error) {
	c := comparison{log: log, user: user, store: st, window: window, held: map[client.Key]client.Row{}}
	for _, kind := range kinds {
		rows, err := st.Rows(ctx, kind)
		if err != nil {
			return c.diff, err
		}
		for _, r := range rows {
			c.held[r.Key] = r
		}
	}
	for _, g := range log.State.Grants(user) {
		if g.On {
			if err := c.scope(g.Scope); err != nil {
				return c.diff, err
			}
		}
	}
	for id := range log.Rows {
		if err := c.timeline(ctx, id); err != nil {
			return c.diff, err
		}
	}
	for key := range c.held {
		c.diff.Extra = append(c.diff.Extra, name(key))
	}
	return c.diff, nil
}

type comparison struct {
	log    *Log
	user   models.UserID
	store  client.Store
	window int
	held   map[client.Key]client.Row // what the device holds and was not asked for yet
	from   map[models.Scope]uint32
	diff   Diff
}

func name(k client.Key) string { return fmt.Sprintf("%s %s in %s", k.Kind, k.ID, k.Scope) }

// scope compares the rows of a scope that the user has.
func (c *comparison) scope(sc models.Scope) error {
	if c.from == nil {
		c.from = map[models.Scope]uint32{}
	}
	for _, live := range c.log.State.Live(sc) {
		if !c.log.State.Shows(c.user, sc, live.Row) {
			continue
		}
		key := client.Key{Scope: sc, Kind: live.Kind, ID: live.ID.String()}
		row, ok := c.held[key]
		delete(c.held, key)
		c.diff.Rows++
		if !ok {
			c.diff.Missing = append(c.diff.Missing, name(key))
			continue
		}
		if live.Kind == models.RowConversation {
			c.from[sc] = row.FromN
		}
		want, err := json.Marshal(wire.RowData(c.log.State, sc, live.Row))
		if err != nil {
			return fmt.Errorf("render %s: %w", name(key), err)
		}
		same, err := sameJSON(want, row.Data)
		if err != nil {
			return fmt.Errorf("read %s: %w", name(key), err)
		}
		if !same || row.Rev != live.Rev {
			c.diff.Stale = append(c.diff.Stale, fmt.Sprintf("%s, rev %d: got %s, want rev %d %s", name(key), row.Rev, row.Data, live.Rev, want))
		}
	}
	return nil
}

func sameJSON(a, b jsontext.Value) (bool, error) {
	if bytes.Equal(a, b) {
		return true, nil
	}
	a, b = a.Clone(), b.Clone()
	if err := a.Canonicalize(); err != nil {
		return false, err
	}
	if err := b.Canonicalize(); err != nil {
		return false, err
	}
	return bytes.Equal(a, b), nil
}

// timeline compares the messages of a conversation, of one that the user is not in too: then there must be none.
func (c *comparison) timeline(ctx context.Context, id models.ConversationID) error {
	sc, all := models.ConversationScope(id), c.log.Rows[id]
	got, err := c.store.Messages(ctx, sc, 0, 1<<32-1, len(all)+1)
	if err != nil {
		return err
	}
	held := map[uint32]wire.Message{}
	for _, m := range got {
		held[m.N] = m
	}
	if c.log.State.Granted(c.user, sc) {
		c.rows(sc, all, held)
	}
	for n := range held {
		c.diff.Extra = append(c.diff.Extra, fmt.Sprintf("message %d in %s", n, sc))
	}
	return nil
}

// rows compares the rows that the user may read and the device said it holds; it takes them out of held.
func (c *comparison) rows(sc models.Scope, all []*models.Entry, held map[uint32]wire.Message) {
	first := max(c.log.State.FromN(c.user, models.ConversationID(sc.ID)), 1)
	from := max(first, c.from[sc])
	if newest := uint32(len(all)) + 1; from > first && newest-min(from, newest) < uint32(c.window) {
		c.diff.Missing = append(c.diff.Missing, fmt.Sprintf("messages below %d in %s: the window is %d", from, sc, c.window))
	}
	for _, row := range all {
		if row.N < from {
			continue
		}
		c.diff.Rows++
		want := wire.MessageOf(row)
		got, ok := held[row.N]
		delete(held, row.N)
		if !ok {
			c.diff.Missing = append(c.diff.Missing, fmt.Sprintf("message %d in %s", row.N, sc))
			continue
		}
		if got != want {
			c.diff.Stale = append(c.diff.Stale, fmt.Sprintf("message %d in %s: got %+v, want %+v", row.N, sc, got, want))
		}
	}
}
