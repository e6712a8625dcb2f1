package client

import (
	"context"
	"fmt"
	"math"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

// Shown is a row as it is shown: of the scopes that hold it, the newest rev. Pending marks what is in the own outbox
// and not part of what was pulled.
type Shown[T any] struct {
	ID      record.UUID
	Rev     uint32
	Pending bool
	Data    T
}

// Rows lists the rows of a kind as they were pulled, in all scopes.
func (d *Device) Rows(ctx context.Context, kind models.RowKind) ([]Row, error) {
	return d.cfg.Store.Rows(ctx, kind)
}

// Refreshing reports that a pass is under way which brings everything anew; what is shown is from before.
func (d *Device) Refreshing() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.meta.Pass != nil && d.meta.Pass.Full || d.meta.Token == "" && !d.meta.User.IsZero()
}

// shown reads the rows of a kind, each id once, ordered by id. own picks the scopes to look at; nil: all.
func shown[T any](ctx context.Context, d *Device, kind models.RowKind, own func(models.Scope) bool) ([]Shown[T], error) {
	rows, err := d.cfg.Store.Rows(ctx, kind)
	if err != nil {
		return nil, err
	}
	newest := map[string]Row{}
	for _, r := range rows {
		if old, ok := newest[r.ID]; (!ok || r.Rev > old.Rev) && (own == nil || own(r.Scope)) {
			newest[r.ID] = r
		}
	}
	all := make([]Shown[T], 0, len(newest))
	for _, r := range newest {
		s := Shown[T]{Rev: r.Rev}
		if s.ID, err = record.ParseUUID(r.ID); err != nil {
			return nil, fmt.Errorf("read the id of a %s: %w", kind, err)
		}
		if err := json.Unmarshal(r.Data, &s.Data); err != nil {
			return nil, fmt.Errorf("read a %s: %w", kind, err)
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Shown[T]) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return all, nil
}

// Dispatches lists the dispatches that the user may see.
func (d *Device) Dispatches(ctx context.Context) ([]Shown[wire.Dispatch], error) {
	return shown[wire.Dispatch](ctx, d, models.RowDispatch, nil)
}

// Users lists the directory.
func (d *Device) Users(ctx context.Context) ([]Shown[wire.User], error) {
	return shown[wire.User](ctx, d, models.RowUser, nil)
}

// OnDuty lists who is on duty; the id is the user's.
func (d *Device) OnDuty(ctx context.Context) ([]Shown[wire.Duty], error) {
	return shown[wire.Duty](ctx, d, models.RowDuty, nil)
}

// Urgents lists urgent messages that wait for somebody; the id is the message's.
func (d *Device) Urgents(ctx context.Context) ([]Shown[wire.Urgent], error) {
	return shown[wire.Urgent](ctx, d, models.RowUrgent, nil)
}

// Tasks lists tasks, with what the user has done to them offline.
func (d *Device) Tasks(ctx context.Context) ([]Shown[wire.Task], error) {
	bodies, err := d.overlay()
	if err != nil {
		return nil, err
	}
	tasks, err := shown[wire.Task](ctx, d, models.RowTask, nil)
	if err != nil {
		return nil, err
	}
	for _, body := range bodies {
		id, status, ok := movedTo(body)
		i := slices.IndexFunc(tasks, func(t Shown[wire.Task]) bool { return t.ID == id.UUID() })
		if ok && i >= 0 {
			tasks[i].Data.Status, tasks[i].Pending = status, true
		}
	}
	return tasks, nil
}

// movedTo is where a command moves a task.
func movedTo(body models.CommandBody) (models.TaskID, models.TaskStatus, bool) {
	switch b := body.(type) {
	case *models.TaskStart:
		return b.TaskID, models.TaskOnRoute, true
	case *models.TaskArrive:
		return b.TaskID, models.TaskOnScene, true
	case *models.TaskClear:
		return b.TaskID, models.TaskCleared, true
	}
	return models.TaskID{}, 0, false
}

// Conversations lists the conversations that the user is in, and those that were begun here and not sent yet.
func (d *Device) Conversations(ctx context.Context) ([]Shown[wire.Conversation], error) {
	bodies, err := d.overlay()
	if err != nil {
		return nil, err
	}
	all, err := shown[wire.Conversation](ctx, d, models.RowConversation, nil)
	for _, body := range bodies {
		b, ok := body.(*models.ConversationCreate)
		if !ok || slices.ContainsFunc(all, func(c Shown[wire.Conversation]) bool { return c.ID == b.ID.UUID() }) {
			continue
		}
		begun := Shown[wire.Conversation]{ID: b.ID.UUID(), Pending: true}
		begun.Data.Creator = d.User()
		begun.Data.Label = wire.Label{Kind: models.PersonalKind, Title: b.Title, Group: len(b.Invitees) > 1}
		all = append(all, begun)
	}
	return all, err
}

// Members lists who is in a conversation by name.
func (d *Device) Members(ctx context.Context, id models.ConversationID) ([]models.UserID, error) {
	in := models.ConversationScope(id)
	rows, err := shown[wire.Member](ctx, d, models.RowMember, func(sc models.Scope) bool { return sc == in })
	members := make([]models.UserID, len(rows))
	for i, r := range rows {
		members[i] = models.UserID(r.ID)
	}
	return members, err
}

// Invitations lists the user's pending invitations, but for those that were answered here.
func (d *Device) Invitations(ctx context.Context) ([]Shown[wire.Invitation], error) {
	self := models.SelfScope(d.User())
	bodies, err := d.overlay()
	if err != nil {
		return nil, err
	}
	all, err := shown[wire.Invitation](ctx, d, models.RowInvitation, func(sc models.Scope) bool { return sc == self })
	for _, body := range bodies {
		var answered models.InvitationID
		switch b := body.(type) {
		case *models.Accept:
			answered = b.InvitationID
		case *models.Reject:
			answered = b.InvitationID
		}
		all = slices.DeleteFunc(all, func(i Shown[wire.Invitation]) bool { return i.ID == answered.UUID() })
	}
	return all, err
}

// Message is a row of a timeline as it is shown. A pending one has no number yet and comes last.
type Message struct {
	wire.Message
	Pending bool
}

// Messages lists the rows held of a conversation, oldest first, then what was written here and not pulled yet.
func (d *Device) Messages(ctx context.Context, id models.ConversationID) ([]Message, error) {
	entries, bodies, err := d.pending()
	if err != nil {
		return nil, err
	}
	rows, err := d.cfg.Store.Messages(ctx, models.ConversationScope(id), 0, math.MaxUint32, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	all := make([]Message, 0, len(rows))
	known := make(map[models.MessageID]bool, len(rows))
	for _, m := range rows {
		all = append(all, Message{Message: m})
		known[m.ID] = true
	}
	for i, body := range bodies {
		b, ok := body.(*models.MessagePost)
		if !ok || b.ConversationID != id || known[b.ID] {
			continue
		}
		m := wire.Message{ID: b.ID, Author: d.User(), At: entries[i].Made.UnixMilli(), Text: b.Text, Extra: wire.Extra{Urgent: b.Urgent}}
		all = append(all, Message{m, true})
	}
	return all, nil
}

// Unread counts the messages of others behind the user's mark, of those held; notices don't count.
func (d *Device) Unread(ctx context.Context, id models.ConversationID) (int, error) {
	mark, err := d.mark(ctx, id)
	if err != nil {
		return 0, err
	}
	rows, err := d.cfg.Store.Messages(ctx, models.ConversationScope(id), mark+1, math.MaxUint32, math.MaxInt32)
	unread, user := 0, d.User()
	for _, m := range rows {
		if m.Extra.Notice == "" && m.Author != user {
			unread++
		}
	}
	return unread, err
}

// mark is how far the user has read, here or elsewhere.
func (d *Device) mark(ctx context.Context, id models.ConversationID) (uint32, error) {
	bodies, err := d.overlay()
	if err != nil {
		return 0, err
	}
	row, ok, err := d.cfg.Store.Row(ctx, Key{models.SelfScope(d.User()), models.RowMark, id.String()})
	var mark wire.Mark
	if err == nil && ok {
		err = json.Unmarshal(row.Data, &mark)
	}
	if err != nil {
		return 0, fmt.Errorf("read a mark: %w", err)
	}
	for _, body := range bodies {
		if b, ok := body.(*models.ReadUpTo); ok && b.ConversationID == id {
			mark.N = max(mark.N, b.N)
		}
	}
	return mark.N, nil
}

// pending are the commands whose effects the rows don't include yet. It is read before the rows: what is in both is
// recognised by its id, and nothing is in neither.
func (d *Device) pending() ([]Entry, []models.CommandBody, error) {
	d.mu.Lock()
	entries := slices.DeleteFunc(slices.Clone(d.outbox), func(e Entry) bool { return e.Num <= d.meta.Lanes[e.Lane].Done })
	d.mu.Unlock()
	bodies := make([]models.CommandBody, len(entries))
	for i, e := range entries {
		var err error
		if bodies[i], err = models.DecodeCommand(e.Type, e.Body); err != nil {
			return nil, nil, fmt.Errorf("read the outbox: %w", err)
		}
	}
	return entries, bodies, nil
}

// overlay is what the own outbox lays over the rows.
func (d *Device) overlay() ([]models.CommandBody, error) {
	_, bodies, err := d.pending()
	return bodies, err
}
