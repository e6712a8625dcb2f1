package sync_test

import (
	"fmt"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
)

// sight is DOMAIN's table of who sees and who is in, folded from the events by code of its own. It looks up entities in
// a state, and asks it nothing about access.
type sight struct {
	in       map[member]uint32 // by name: the first row that they may read
	out      map[member]bool   // stepped out of what their role brings them into
	assigned map[models.DispatchID][]models.UserID
	asked    map[models.InvitationID]member // those that wait for an answer
	invited  []models.InvitationID          // the same, in the order of asking
	personal map[models.ConversationID]bool
	rules    map[models.Row]bool // rules of regulated time to act, and choices
	duress   map[models.DispatchID]bool
	zones    map[models.ZoneID]bool
	gone     tally
}

type member struct {
	c models.ConversationID
	u models.UserID
}

// tally counts what came to pass, so that a test can tell that it did.
type tally struct{ retired, returned, deserted, expired, notes, broadcasts, duresses, rules, zones int }

func (t *tally) add(o tally) {
	t.retired, t.returned, t.deserted = t.retired+o.retired, t.returned+o.returned, t.deserted+o.deserted
	t.expired, t.notes, t.broadcasts = t.expired+o.expired, t.notes+o.notes, t.broadcasts+o.broadcasts
	t.duresses, t.rules, t.zones = t.duresses+o.duresses, t.rules+o.rules, t.zones+o.zones
}

func newSight() *sight {
	return &sight{
		in: map[member]uint32{}, out: map[member]bool{}, assigned: map[models.DispatchID][]models.UserID{},
		asked: map[models.InvitationID]member{}, personal: map[models.ConversationID]bool{}, rules: map[models.Row]bool{}, duress: map[models.DispatchID]bool{},
		zones: map[models.ZoneID]bool{},
	}
}

// apply notes an event; s is the state that it was just applied to.
func (o *sight) apply(s *models.State, e models.Event) {
	switch b := e.Body.(type) {
	case *models.ConversationCreated:
		o.personal[b.ID] = true
		o.join(b.ID, b.Creator, 1)
	case *models.InvitationSent:
		o.asked[b.ID] = member{b.Conversation, b.Invitee}
		o.invited = append(o.invited, b.ID)
		if b.AtOnce {
			o.join(b.Conversation, b.Invitee, 1)
		}
	case *models.InvitationSettled:
		o.settled(s, b)
	case *models.Joined:
		o.join(b.Conversation, b.User, b.N)
	case *models.Left:
		o.leave(s, b.Conversation, b.User)
	case *models.TaskAssigned:
		d := s.Task(b.ID).Dispatch
		o.assigned[d] = append(o.assigned[d], b.User)
		o.join(b.Conversation, b.User, b.N)
	case *models.DispatchRetired:
		o.gone.retired++
		o.withdraw(func(m member) bool { return m.c == b.Sealed.Conversation.ID })
	case *models.BroadcastRetired:
		o.gone.broadcasts++
	case *models.DispatchReopened:
		if b.Sealed != nil {
			o.gone.returned++
		}
	case *models.DispatchLogged:
		o.gone.notes++
	case *models.DuressRaised:
		o.gone.duresses++
		o.duress[b.Dispatch] = true
		for _, u := range append(b.Officers, b.User) {
			o.join(b.Conversation, u, b.N)
		}
	case *models.RTAPut:
		o.rules[models.Row{Kind: models.RowRTA, ID: b.ID.UUID()}] = true
	case *models.ChoicePut:
		o.rules[models.Row{Kind: models.RowChoice, ID: b.ID.UUID()}] = true
	case *models.ZonePut:
		o.zones[b.ID] = true
	case *models.Deleted:
		o.gone.rules++
		delete(o.rules, models.Row{Kind: b.Kind, ID: b.ID})
		if b.Kind == models.RowZone {
			o.gone.zones++
			delete(o.zones, models.ZoneID(b.ID))
		}
	}
}

// withdraw ends the waiting of some invitations.
func (o *sight) withdraw(which func(member) bool) {
	o.invited = slices.DeleteFunc(o.invited, func(id models.InvitationID) bool {
		over := which(o.asked[id])
		if over {
			delete(o.asked, id)
		}
		return over
	})
}

func (o *sight) settled(s *models.State, b *models.InvitationSettled) {
	m, waits := o.asked[b.ID]
	if !waits {
		return
	}
	o.withdraw(func(other member) bool { return other == m })
	_, in := o.in[m]
	switch {
	case b.State == models.InvitationAccepted:
		o.join(m.c, m.u, b.N)
	case b.State == models.InvitationRejected && in && o.personal[m.c]:
		o.leave(s, m.c, m.u)
	case b.State == models.InvitationExpired:
		o.gone.expired++
	}
	o.desert(m.c)
}

func (o *sight) join(c models.ConversationID, u models.UserID, n uint32) {
	key := member{c, u}
	if _, in := o.in[key]; in {
		return
	}
	if !o.personal[c] {
		n = 1
		o.withdraw(func(m member) bool { return m == key }) // nothing is left to accept
	}
	o.in[key] = n
	delete(o.out, key)
}

func (o *sight) leave(s *models.State, c models.ConversationID, u models.UserID) {
	delete(o.in, member{c, u})
	if !o.personal[c] && o.runs(s, s.User(u), s.Conversation(c)) {
		o.out[member{c, u}] = true
	}
	o.desert(c)
}

// desert counts a personal conversation that nobody is in or asked into any more.
func (o *sight) desert(c models.ConversationID) {
	if o.personal[c] && !o.peopled(c) {
		o.gone.deserted++
	}
}

func (o *sight) peopled(c models.ConversationID) bool {
	for m := range o.in {
		if m.c == c {
			return true
		}
	}
	for _, m := range o.asked {
		if m.c == c {
			return true
		}
	}
	return false
}

// forgotten is what the state ought to have let go, and has not.
func (o *sight) forgotten(s *models.State) error {
	for _, c := range s.Conversations() {
		if o.personal[c.ID] && !o.peopled(c.ID) {
			return fmt.Errorf("conversation %s is deserted, and still there", c.ID)
		}
	}
	return nil
}

// runs: in the conversation by role.
func (o *sight) runs(s *models.State, u *models.User, c *models.Conversation) bool {
	if c == nil { // the last one left it
		return false
	}
	z := c.Zone // of a broadcast
	switch c.Kind {
	case models.PersonalKind:
		return false
	case models.DispatchKind:
		z = s.Dispatch(c.Dispatch).Zone
	}
	return u.Types.Any(models.Administrator) || u.Types.Any(models.Dispatcher) && slices.Contains(u.Zones, z)
}

// isIn is the second column; from is the first row that they may read.
func (o *sight) isIn(s *models.State, u *models.User, c *models.Conversation) (from uint32, in bool) {
	if c == nil { // it has left memory
		return 0, false
	}
	key := member{c.ID, u.ID}
	if !u.Active || u.Types == models.Integration {
		return 0, false
	}
	if n, named := o.in[key]; named {
		return n, true
	}
	return 1, !o.out[key] && o.runs(s, u, c) || o.onDuty(s, u, c)
}

// onDuty: in a broadcast by being on duty in its zone, and in its team if it is to one.
func (o *sight) onDuty(s *models.State, u *models.User, c *models.Conversation) bool {
	d := s.Duty(u.ID)
	return c.Kind == models.BroadcastKind && u.Types.Any(models.Officer) && d != nil && d.Zone == c.Zone && (c.Team == models.TeamID{} || c.Team == d.Team)
}

// inZone: sees all of an operational zone.
func (o *sight) inZone(s *models.State, u *models.User, z models.ZoneID) bool {
	if u.Types.Any(models.Administrator) {
		return true
	}
	if u.Types.Any(models.Dispatcher|models.Reviewer) && slices.Contains(u.Zones, z) {
		return true
	}
	d := s.Duty(u.ID)
	return u.Types.Any(models.Officer) && d != nil && d.Zone == z
}

// holds: sees one dispatch for its own sake.
func (o *sight) holds(u *models.User, d *models.Dispatch) bool {
	_, in := o.in[member{d.Conversation, u.ID}]
	return in || slices.Contains(o.assigned[d.ID], u.ID) || u.Types.Any(models.Integration) && d.Creator == u.ID
}

// granted reports whether a user has a scope.
func (o *sight) granted(s *models.State, id models.UserID, sc models.Scope) bool {
	u := s.User(id)
	if u == nil || !u.Active {
		return false
	}
	switch sc.Rank {
	case models.RankSelf:
		return sc.ID == id.UUID()
	case models.RankDirectory:
		return u.Types != models.Integration
	case models.RankZone:
		return o.zones[models.ZoneID(sc.ID)] && o.inZone(s, u, models.ZoneID(sc.ID))
	case models.RankDispatch:
		d := s.Dispatch(models.DispatchID(sc.ID))
		return d != nil && o.holds(u, d)
	}
	c := s.Conversation(models.ConversationID(sc.ID))
	if c == nil { // retired or deserted: nobody's
		return false
	}
	_, in := o.isIn(s, u, c)
	return in
}

// visible is a user's visible set: row keys, and by conversation the first message that they may read.
func (o *sight) visible(s *models.State, id models.UserID) (rows map[rowKey]bool, from map[models.Scope]uint32) {
	v := &visibleSet{o: o, s: s, u: s.User(id), rows: map[rowKey]bool{}, from: map[models.Scope]uint32{}}
	if v.u != nil && v.u.Active {
		v.conversations()
		v.self()
		v.directory()
		v.dispatches()
	}
	return v.rows, v.from
}

type visibleSet struct {
	o    *sight
	s    *models.State
	u    *models.User
	rows map[rowKey]bool
	from map[models.Scope]uint32
}

func (v *visibleSet) add(sc models.Scope, k models.RowKind, id record.UUID) {
	v.rows[rowKey{sc, k, id.String()}] = true
}

func (v *visibleSet) self() {
	sc := models.SelfScope(v.u.ID)
	v.add(sc, models.RowMe, v.u.ID.UUID())
	for _, d := range v.s.Devices() {
		if d.User == v.u.ID {
			v.add(sc, models.RowDevice, d.ID.UUID())
		}
	}
	for _, d := range v.s.Dispatches() {
		for _, id := range d.Tasks {
			if t := v.s.Task(id); t.Assignee == v.u.ID && t.Status != models.TaskCleared {
				v.add(sc, models.RowTask, id.UUID())
			}
		}
	}
	for _, c := range v.s.Conversations() {
		_, in := v.o.isIn(v.s, v.u, c)
		if in && v.s.Mark(c.ID, v.u.ID) != nil {
			v.add(sc, models.RowMark, c.ID.UUID())
		}
		if in && v.s.MuteOf(v.u.ID, c.ID) != nil {
			v.add(sc, models.RowMute, c.ID.UUID())
		}
		for _, e := range v.s.Timeline(c.ID) {
			u := v.s.Urgent(e.ID)
			serves := v.o.runs(v.s, v.u, c) && !(v.o.duress[c.Dispatch] && c.Creator == v.u.ID)
			if u != nil && in && (slices.Contains(u.Waiting, v.u.ID) || u.Role && serves) {
				v.add(sc, models.RowUrgent, e.ID.UUID())
			}
		}
	}
}

func (v *visibleSet) directory() {
	if v.u.Types == models.Integration {
		return
	}
	sc := models.DirectoryScope(v.s.Agency.ID)
	v.add(sc, models.RowAgency, v.s.Agency.ID.UUID())
	for _, u := range v.s.Users() {
		v.add(sc, models.RowUser, u.ID.UUID())
		if v.s.Duty(u.ID) != nil {
			v.add(sc, models.RowDuty, u.ID.UUID())
		}
	}
	for id := range v.o.zones {
		v.add(sc, models.RowZone, id.UUID())
	}
	for _, z := range v.s.WorkZones() {
		v.add(sc, models.RowWorkZone, z.ID.UUID())
	}
	for _, t := range v.s.Teams() {
		v.add(sc, models.RowTeam, t.ID.UUID())
	}
	for r := range v.o.rules {
		v.add(sc, r.Kind, r.ID)
	}
}

func (v *visibleSet) dispatches() {
	for _, d := range v.s.Dispatches() {
		for _, sc := range []models.Scope{models.ZoneScope(d.Zone), models.DispatchScope(d.ID)} {
			if !v.o.granted(v.s, v.u.ID, sc) {
				continue
			}
			v.add(sc, models.RowDispatch, d.ID.UUID())
			for _, t := range d.Tasks {
				v.add(sc, models.RowTask, t.UUID())
			}
			for _, n := range d.Log {
				v.add(sc, models.RowLog, n.UUID())
			}
		}
	}
}

func (v *visibleSet) conversations() {
	for _, c := range v.s.Conversations() {
		sc := models.ConversationScope(c.ID)
		from, in := v.o.isIn(v.s, v.u, c)
		v.invitations(c, in)
		if !in {
			continue
		}
		v.from[sc] = from
		v.add(sc, models.RowConversation, c.ID.UUID())
		for m := range v.o.in {
			if m.c == c.ID {
				v.add(sc, models.RowMember, m.u.UUID())
			}
		}
		for _, e := range v.s.Timeline(c.ID) {
			if v.s.Urgent(e.ID) != nil && e.N >= from {
				v.add(sc, models.RowUrgent, e.ID.UUID())
			}
		}
	}
}

func (v *visibleSet) invitations(c *models.Conversation, in bool) {
	for id, m := range v.o.asked {
		if m.c != c.ID {
			continue
		}
		if m.u == v.u.ID {
			v.add(models.SelfScope(v.u.ID), models.RowInvitation, id.UUID())
		}
		if in {
			v.add(models.ConversationScope(c.ID), models.RowInvitation, id.UUID())
		}
	}
}

// revs are those that the state says its scopes show now.
func revs(s *models.State, sc models.Scope) map[rowKey]uint32 {
	all := map[rowKey]uint32{}
	for _, r := range s.Live(sc) {
		all[rowKey{sc, r.Kind, r.ID.String()}] = r.Rev
	}
	return all
}
