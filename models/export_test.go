package models

import (
	"fmt"
	"maps"
	"slices"
)

// Dangling lists what names something that is not there, and indexes that say other than their tables. What may name
// what has gone: devices' answers, the zone of somebody's last shift, the latest duress of a user, revoked grants.
func (s *State) Dangling() []string {
	d := &dangling{s: s}
	d.people()
	d.directory()
	d.dispatches()
	d.conversations()
	d.urgents()
	d.invitations()
	d.access()
	return d.found
}

type dangling struct {
	s     *State
	found []string
}

// want notes a reference that does not hold.
func (d *dangling) want(holds bool, format string, args ...any) {
	if !holds {
		d.found = append(d.found, fmt.Sprintf(format, args...))
	}
}

// has reports whether a table has an id, or there is none to have.
func has[K comparable, V any](table map[K]*V, id K) bool {
	return id == *new(K) || table[id] != nil
}

func (d *dangling) people() {
	s := d.s
	d.want(len(s.usernames) == len(s.users), "%d usernames of %d users", len(s.usernames), len(s.users))
	for id, u := range s.users {
		d.want(s.usernames[u.Username] == id, "username %s", u.Username)
		d.want(slices.Contains(s.runners, id) == u.Types.Any(Administrator|Dispatcher), "%s among the runners", u.Name)
		for _, z := range u.Zones {
			d.want(s.zones[z] != nil, "zone of %s", u.Name)
		}
	}
	owned := 0
	for u, list := range s.owned {
		owned += len(list)
		for _, id := range list {
			d.want(s.devices[id] != nil && s.devices[id].User == u, "owned device %s", id)
		}
	}
	for id, x := range s.devices {
		d.want(has(s.users, x.User), "user of device %s", id)
		if !x.User.IsZero() {
			owned--
		}
	}
	d.want(owned == 0, "devices that are owned twice or by nobody: %d", owned)
	for k := range s.lanes {
		d.want(s.devices[k.Device] != nil, "device of a lane")
	}
}

func (d *dangling) directory() {
	s := d.s
	for id, w := range s.workZones {
		d.want(s.zones[w.Zone] != nil, "zone of work zone %s", id)
	}
	for id, t := range s.teams {
		d.want(s.zones[t.Zone] != nil, "zone of team %s", id)
		for _, w := range t.WorkZones {
			d.want(s.workZones[w] != nil && s.workZones[w].Zone == t.Zone, "work zone of team %s", id)
		}
	}
	for z := range s.numbers {
		d.want(s.zones[z] != nil, "zone of a number")
	}
	for id, c := range s.choices {
		d.want(has(s.choices, c.Parent), "parent of choice %s", id)
	}
	d.want(len(s.callSigns) == len(s.duty), "%d call signs of %d on duty", len(s.callSigns), len(s.duty))
	for u, x := range s.duty {
		d.want(s.users[u] != nil && s.callSigns[x.CallSign] == u, "call sign %s", x.CallSign)
		d.want(s.zones[x.Zone] != nil && s.teams[x.Team] != nil && s.teams[x.Team].Zone == x.Zone, "zone and team of %s", x.CallSign)
	}
}

func (d *dangling) dispatches() {
	s := d.s
	tasks, notes, closed := 0, 0, 0
	for id, c := range s.conversations {
		d.want(slices.Contains(s.closed, id) == c.Closed, "conversation %s among the closed", id)
		if c.Closed {
			closed++
		}
	}
	for id, x := range s.dispatches {
		w, c := s.workZones[x.WorkZone], s.conversations[x.Conversation]
		d.want(s.zones[x.Zone] != nil && w != nil && w.Zone == x.Zone, "work zone of dispatch %s", id)
		d.want(c != nil && c.Dispatch == id && c.Closed == x.Closed, "conversation of dispatch %s", id)
		for _, u := range append(x.Officers, x.Creator) {
			d.want(has(s.users, u), "officer or creator of dispatch %s", id)
		}
		for _, t := range x.Tasks {
			d.want(s.tasks[t] != nil && s.tasks[t].Dispatch == id, "task of dispatch %s", id)
		}
		for _, n := range x.Log {
			d.want(s.notes[n] != nil && s.notes[n].Dispatch == id && has(s.users, s.notes[n].Author), "note of dispatch %s", id)
		}
		tasks, notes = tasks+len(x.Tasks), notes+len(x.Log)
	}
	d.want(len(s.tasks) == tasks && len(s.notes) == notes && len(s.closed) == closed, "tasks, notes or closed ones of no dispatch")
	d.want(slices.IsSortedFunc(s.closed, s.byClosing), "closed conversations out of order")
	d.held()
}

func (d *dangling) held() {
	s := d.s
	held := 0
	for u, list := range s.held {
		held += len(list)
		for _, id := range list {
			t := s.tasks[id]
			d.want(s.users[u] != nil && t != nil && t.Assignee == u && t.Status != TaskCleared, "task that %s holds", u)
		}
	}
	for id, t := range s.tasks {
		d.want(has(s.users, t.Assignee) && has(s.tasks, t.Original), "assignee or original of task %s", id)
		if !t.Assignee.IsZero() && t.Status != TaskCleared {
			held--
		}
	}
	d.want(held == 0, "tasks that are held twice or by nobody: %d", held)
}

func (d *dangling) conversations() {
	s := d.s
	messages, broadcasts := 0, 0
	for id, c := range s.conversations {
		d.want(c.Kind != DispatchKind || s.dispatches[c.Dispatch] != nil, "dispatch of conversation %s", id)
		d.want(c.Kind != PersonalKind || len(s.members[id])+len(s.pending[id]) > 0, "anybody in conversation %s", id)
		d.want(has(s.users, c.Creator) && has(s.zones, c.Zone) && has(s.teams, c.Team), "creator, zone or team of conversation %s", id)
		if c.Kind == BroadcastKind {
			broadcasts++
		}
		for _, r := range s.timelines[id] {
			if r.Notice == "" {
				messages++
				d.want(s.byMessage[r.ID] == r, "message %s", r.ID)
			}
		}
	}
	d.want(len(s.byMessage) == messages && len(s.broadcasts) == broadcasts, "messages or broadcasts of no conversation")
	for id, list := range s.members {
		for u, m := range list {
			d.want(s.conversations[id] != nil && s.users[u] != nil && m.User == u, "member of conversation %s", id)
		}
	}
	for id := range s.timelines {
		d.want(s.conversations[id] != nil, "conversation of a timeline")
	}
	for k, m := range s.marks {
		c := s.conversations[k.Conversation]
		d.want(c != nil && s.users[k.User] != nil && m.N <= c.LastN, "conversation or user of a mark")
	}
}

func (d *dangling) urgents() {
	s := d.s
	for id, u := range s.urgent {
		d.want(s.conversations[u.Conversation] != nil && has(s.users, u.Author), "conversation or author of urgent %s", id)
		d.want(slices.Contains(s.urgentIn[u.Conversation], id), "urgent %s in its list", id)
		for _, p := range slices.Concat(u.Waiting, u.Unreached, slices.Collect(maps.Keys(u.Acked))) {
			d.want(s.users[p] != nil, "somebody that urgent %s waits for", id)
		}
	}
	listed := 0
	for _, list := range s.urgentIn {
		listed += len(list)
	}
	d.want(listed == len(s.urgent), "%d listed of %d urgent messages", listed, len(s.urgent))
	for id := range s.climbing {
		d.want(s.urgent[id] != nil, "message to escalate")
	}
}

func (d *dangling) invitations() {
	s := d.s
	pending := 0
	for c, asked := range s.pending {
		pending += len(asked)
		for u, id := range asked {
			i := s.invitations[id]
			d.want(i != nil && i.State == InvitationPending && i.Conversation == c && i.Invitee == u, "pending invitation %s", id)
		}
	}
	for _, id := range s.settled {
		d.want(s.invitations[id] != nil && s.invitations[id].State != InvitationPending, "settled invitation %s", id)
	}
	d.want(pending+len(s.settled) == len(s.invitations), "%d invitations wait, %d are settled, of %d", pending, len(s.settled), len(s.invitations))
	for id, i := range s.invitations {
		d.want(s.conversations[i.Conversation] != nil, "conversation of invitation %s", id)
		d.want(s.users[i.Invitee] != nil && has(s.users, i.Inviter), "people of invitation %s", id)
	}
}

// access: what is granted is there, and so is every row that a scope shows.
func (d *dangling) access() {
	s := d.s
	for u, a := range s.view.access {
		d.want(s.users[u] != nil, "user with access")
		for _, g := range a.grants {
			d.want(g.On == s.may(u, g.Scope), "grant of %s to %s", g.Scope, u)
		}
	}
	for sc, f := range s.view.feeds {
		for r, n := range f.rows {
			d.want(n.Gone || s.shows(r), "%s %s in %s", r.Kind, r.ID, sc)
		}
	}
}

// shows reports whether there is what a row is of.
func (s *State) shows(r Row) bool {
	switch r.Kind {
	case RowMe, RowUser, RowMember:
		return s.users[UserID(r.ID)] != nil
	case RowDuty:
		return s.duty[UserID(r.ID)] != nil
	case RowDevice:
		return s.devices[DeviceID(r.ID)] != nil
	case RowMark, RowMute, RowConversation:
		return s.conversations[ConversationID(r.ID)] != nil
	case RowInvitation:
		return s.invitations[InvitationID(r.ID)] != nil
	case RowUrgent:
		return s.urgent[MessageID(r.ID)] != nil
	case RowZone:
		return s.zones[ZoneID(r.ID)] != nil
	case RowWorkZone:
		return s.workZones[WorkZoneID(r.ID)] != nil
	case RowTeam:
		return s.teams[TeamID(r.ID)] != nil
	case RowDispatch:
		return s.dispatches[DispatchID(r.ID)] != nil
	case RowTask:
		return s.tasks[TaskID(r.ID)] != nil
	case RowLog:
		return s.notes[LogID(r.ID)] != nil
	case RowRTA:
		return s.rtas[RTAID(r.ID)] != nil
	case RowChoice:
		return s.Choice(ChoiceID(r.ID)) != nil
	}
	return r.Kind == RowAgency
}
