package replay

import (
	"context"
	"fmt"
	"strings"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/replay/shift"

	"github.com/go-json-experiment/json"
)

// actionName is what an action is called in the report.
func actionName(do shift.Action) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", do), "shift.")
}

// bodyOf is the command of a step, and the rev that the person decided on. errNotYet: the device does not hold what the
// step is about.
func (d *device) bodyOf(ctx context.Context, s shift.Step) (models.CommandBody, uint32, error) {
	ids, plan := d.r.ids, d.r.plan
	switch do := s.Do.(type) {
	case shift.OnDuty:
		p := plan.People[do.Officer]
		return &models.ReportForDuty{UserID: ids.users[do.Officer], Zone: ids.zone, Team: ids.teams[p.Team], CallSign: cut(p.CallSign)}, 0, nil
	case shift.OffDuty:
		return &models.GoOffDuty{UserID: ids.users[do.Officer]}, 0, nil
	case shift.CreateDispatch:
		return d.createDispatch(do), 0, nil
	case shift.CloseDispatch:
		return &models.DispatchClose{DispatchID: ids.dispatches[do.Dispatch]}, 0, d.cleared(ctx, do.Dispatch)
	case shift.Assign:
		t := plan.Tasks[do.Task]
		body := &models.TaskCreate{ID: ids.tasks[do.Task], DispatchID: ids.dispatches[t.Dispatch], Assignee: ids.users[t.Officer]}
		return body, 0, d.holds(ctx, client.Key{Scope: d.directory(), Kind: models.RowDuty, ID: body.Assignee.String()})
	}
	return d.fieldBody(ctx, s)
}

// fieldBody is bodyOf for the steps of a task.
func (d *device) fieldBody(ctx context.Context, s shift.Step) (models.CommandBody, uint32, error) {
	ids := d.r.ids
	switch do := s.Do.(type) {
	case shift.Start:
		rev, err := d.task(ctx, ids.tasks[do.Task])
		return &models.TaskStart{TaskID: ids.tasks[do.Task]}, rev, err
	case shift.Arrive:
		rev, err := d.task(ctx, ids.tasks[do.Task])
		return &models.TaskArrive{TaskID: ids.tasks[do.Task]}, rev, err
	case shift.Clear:
		rev, err := d.task(ctx, ids.tasks[do.Task])
		return &models.TaskClear{TaskID: ids.tasks[do.Task], Disposition: "done"}, rev, err
	case shift.Suspend:
		rev, err := d.task(ctx, ids.tasks[do.Task])
		if err == nil {
			d.begun[ids.tasks[do.Duplicate]] = true
		}
		return &models.TaskSuspend{TaskID: ids.tasks[do.Task], NewID: ids.tasks[do.Duplicate]}, rev, err
	}
	return d.talkBody(ctx, s)
}

// talkBody is bodyOf for what is done in conversations.
func (d *device) talkBody(ctx context.Context, s shift.Step) (models.CommandBody, uint32, error) {
	ids, plan := d.r.ids, d.r.plan
	switch do := s.Do.(type) {
	case shift.CreateConversation:
		return d.createConversation(do), 0, nil
	case shift.Invite:
		i := plan.Invitations[do.Invitation]
		id := ids.conversations[i.Conversation]
		return &models.Invite{ConversationID: id, Invitees: []models.UserID{ids.users[i.Invitee]}}, 0, d.in(ctx, id)
	case shift.Accept:
		id, err := d.invitation(ctx, do.Invitation)
		if err == nil {
			d.own[ids.conversations[plan.Invitations[do.Invitation].Conversation]] = true
		}
		return &models.Accept{InvitationID: id}, 0, err
	case shift.Reject:
		id, err := d.invitation(ctx, do.Invitation)
		return &models.Reject{InvitationID: id}, 0, err
	case shift.Cancel:
		id, err := d.invitation(ctx, do.Invitation)
		return &models.Cancel{InvitationID: id}, 0, err
	case shift.Comment:
		return d.comment(ctx, do)
	case shift.Leave:
		id := ids.conversations[do.Conversation]
		return &models.Leave{ConversationID: id}, 0, d.in(ctx, id)
	}
	return d.writtenBody(ctx, s)
}

// writtenBody is bodyOf for messages.
func (d *device) writtenBody(ctx context.Context, s shift.Step) (models.CommandBody, uint32, error) {
	ids, plan := d.r.ids, d.r.plan
	switch do := s.Do.(type) {
	case shift.Post:
		m := plan.Messages[do.Message]
		id := ids.conversations[m.Conversation]
		return &models.MessagePost{ConversationID: id, ID: ids.messages[do.Message], Text: m.Text, Urgent: m.Urgent}, 0, d.in(ctx, id)
	case shift.Acknowledge:
		id := ids.messages[do.Message]
		key := client.Key{Scope: models.SelfScope(d.user()), Kind: models.RowUrgent, ID: id.String()}
		return &models.Acknowledge{MessageID: id}, 0, d.holds(ctx, key)
	case shift.Read:
		id := ids.conversations[do.Conversation]
		rows, err := d.store.Messages(ctx, models.ConversationScope(id), 0, 1<<32-1, 1)
		if err == nil && len(rows) == 0 {
			err = errNotYet
		}
		if err != nil {
			return nil, 0, err
		}
		return &models.ReadUpTo{ConversationID: id, N: rows[0].N}, 0, nil
	}
	return nil, 0, fmt.Errorf("the plan has a step of an unknown kind: %s", actionName(s.Do))
}

func (d *device) createDispatch(do shift.CreateDispatch) models.CommandBody {
	p := d.r.plan.Dispatches[do.Dispatch]
	body := &models.DispatchCreate{ID: d.r.ids.dispatches[do.Dispatch], WorkZone: d.r.ids.workZones[p.WorkZone]}
	body.Facts = models.Facts{
		Priority: models.Priority(p.Priority), Location: cut(p.Location), CallSource: cut("call " + p.CallID), ReportedAt: p.Reported.UnixMilli(),
	}
	if p.Category != "" {
		body.Category = []string{cut(p.Category)}
	}
	if p.Located {
		body.Lat, body.Lon = &p.Lat, &p.Lon
	}
	return body
}

func (d *device) createConversation(do shift.CreateConversation) models.CommandBody {
	p := d.r.plan.Conversations[do.Conversation]
	body := &models.ConversationCreate{ID: d.r.ids.conversations[do.Conversation], Title: cut(p.Title)}
	for _, no := range p.Invitations {
		body.Invitees = append(body.Invitees, d.r.ids.users[d.r.plan.Invitations[no].Invitee])
	}
	d.own[body.ID] = true
	return body
}

func (d *device) comment(ctx context.Context, do shift.Comment) (models.CommandBody, uint32, error) {
	body := &models.Comment{DispatchID: d.r.ids.dispatches[do.Dispatch]}
	if do.Message != shift.None {
		body.MessageID, body.Text = d.r.ids.messages[do.Message], d.r.plan.Messages[do.Message].Text
	}
	err := d.holds(ctx, client.Key{Scope: models.ZoneScope(d.r.ids.zone), Kind: models.RowDispatch, ID: body.DispatchID.String()})
	if err == nil {
		d.own[models.ConversationOf(body.DispatchID)] = true
	}
	return body, 0, err
}

func (d *device) user() models.UserID { return d.r.ids.users[d.plan.Owner] }

func (d *device) directory() models.Scope { return models.DirectoryScope(d.r.account.Agency) }

// holds is nil if the device holds a row.
func (d *device) holds(ctx context.Context, key client.Key) error {
	_, ok, err := d.store.Row(ctx, key)
	if err == nil && !ok {
		err = errNotYet
	}
	return err
}

// in is nil if the device knows itself in a conversation, or has given the command that brings it in.
func (d *device) in(ctx context.Context, id models.ConversationID) error {
	if d.own[id] {
		return nil
	}
	return d.holds(ctx, client.Key{Scope: models.ConversationScope(id), Kind: models.RowConversation, ID: id.String()})
}

// task is the rev at which the device holds a task; 0 for one that a command from here brings forth.
func (d *device) task(ctx context.Context, id models.TaskID) (uint32, error) {
	for _, sc := range []models.Scope{models.SelfScope(d.user()), models.ZoneScope(d.r.ids.zone)} {
		row, ok, err := d.store.Row(ctx, client.Key{Scope: sc, Kind: models.RowTask, ID: id.String()})
		if err != nil || ok {
			return row.Rev, err
		}
	}
	if d.begun[id] {
		return 0, nil
	}
	return 0, errNotYet
}

// cleared is nil once all tasks of a dispatch, as the device holds them, are.
func (d *device) cleared(ctx context.Context, no shift.DispatchNo) error {
	for i, t := range d.r.plan.Tasks {
		if t.Dispatch != no {
			continue
		}
		key := client.Key{Scope: models.ZoneScope(d.r.ids.zone), Kind: models.RowTask, ID: d.r.ids.tasks[i].String()}
		row, ok, err := d.store.Row(ctx, key)
		if err != nil {
			return err
		}
		var task wire.Task
		if ok {
			if err := json.Unmarshal(row.Data, &task); err != nil {
				return err
			}
		}
		if ok && task.Status != models.TaskCleared {
			return errNotYet
		}
	}
	return nil
}

// invitation is the id of the invitation that a step is about: the server gives it.
func (d *device) invitation(ctx context.Context, no shift.InvitationNo) (models.InvitationID, error) {
	p := d.r.plan.Invitations[no]
	rows, err := d.store.Rows(ctx, models.RowInvitation)
	if err != nil {
		return models.InvitationID{}, err
	}
	for _, row := range rows {
		var w wire.Invitation
		if err := json.Unmarshal(row.Data, &w); err != nil {
			return models.InvitationID{}, err
		}
		if w.Conversation == d.r.ids.conversations[p.Conversation] && w.Invitee == d.r.ids.users[p.Invitee] {
			id, err := record.ParseUUID(row.ID)
			return models.InvitationID(id), err
		}
	}
	return models.InvitationID{}, errNotYet
}
