package models

import (
	"maps"
	"slices"
	"time"

	"officermobile/models/record"
)

// State is an agency as of one position of its log. It is a fold: Apply is the only thing that changes it, and two
// folds of the same log are equal byte for byte. Entities are never changed in place but replaced, so that a reader
// may keep what it was given. Methods must not run beside Apply; the owner holds the lock.
type State struct {
	Seq    record.Seq
	At     Micros
	Agency Agency

	users     map[UserID]*User
	usernames map[string]UserID
	runners   []UserID // administrators and dispatchers, by id: who can be in by role
	devices   map[DeviceID]*Device
	owned     map[UserID][]DeviceID // devices of a user, by id
	zones     map[ZoneID]*Zone
	workZones map[WorkZoneID]*WorkZone
	teams     map[TeamID]*Team
	duty      map[UserID]*Duty
	callSigns map[string]UserID // of those on duty
	rtas      map[RTAID]*RTA
	choices   map[ChoiceID]*Choice
	deleted   map[record.UUID]RowKind // ids of the directory that are never used again
	lastZone  map[UserID]ZoneID       // of the latest shift
	duress    map[UserID]DispatchID   // the latest that each raised

	dispatches map[DispatchID]*Dispatch
	closed     []ConversationID // those that wait to leave memory, the longest closed first
	numbers    map[ZoneID]dayNumber
	tasks      map[TaskID]*Task
	notes      map[LogID]*LogNote
	held       map[UserID][]TaskID // uncleared tasks of an officer

	conversations map[ConversationID]*Conversation
	broadcasts    []ConversationID // those of them that are, by id
	members       map[ConversationID]map[UserID]*Member
	timelines     map[ConversationID][]*Entry // the newest rows, by n
	byMessage     map[MessageID]*Entry        // those of the timelines
	evicted       ID[any]                     // the greatest id, of any kind, that has left memory, but for
	early         []ID[any]                   // those whose time was yet to come, in order
	urgent        map[MessageID]*Urgent
	urgentIn      map[ConversationID][]MessageID // by n
	climbing      map[MessageID]bool             // those of urgent that are to be escalated
	invitations   map[InvitationID]*Invitation
	settled       []InvitationID                             // those that are not pending any more, in the order of settling
	pending       map[ConversationID]map[UserID]InvitationID // the one pending invitation of a user to a conversation
	marks         map[pair]*Mark
	mutes         map[ConversationID]map[UserID]*Mute

	lanes map[laneKey]*laneState
	place *time.Location // of the agency, for business dates

	view *view // what devices may hold; nil in a copy that only decides
}

// pair is a user in a conversation.
type pair struct {
	Conversation ConversationID
	User         UserID
}

// NewState is the state before any event. Only a state with a view can answer what devices may hold.
func NewState() *State {
	s := &State{
		users: map[UserID]*User{}, usernames: map[string]UserID{}, devices: map[DeviceID]*Device{},
		owned: map[UserID][]DeviceID{},
		zones: map[ZoneID]*Zone{}, workZones: map[WorkZoneID]*WorkZone{}, teams: map[TeamID]*Team{},
		duty: map[UserID]*Duty{}, callSigns: map[string]UserID{}, lastZone: map[UserID]ZoneID{}, duress: map[UserID]DispatchID{},
		rtas: map[RTAID]*RTA{}, choices: map[ChoiceID]*Choice{}, deleted: map[record.UUID]RowKind{},
		dispatches: map[DispatchID]*Dispatch{}, numbers: map[ZoneID]dayNumber{}, tasks: map[TaskID]*Task{},
		held: map[UserID][]TaskID{}, notes: map[LogID]*LogNote{},
		conversations: map[ConversationID]*Conversation{}, members: map[ConversationID]map[UserID]*Member{},
		timelines: map[ConversationID][]*Entry{}, byMessage: map[MessageID]*Entry{}, urgent: map[MessageID]*Urgent{},
		urgentIn: map[ConversationID][]MessageID{}, climbing: map[MessageID]bool{},
		invitations: map[InvitationID]*Invitation{}, pending: map[ConversationID]map[UserID]InvitationID{}, marks: map[pair]*Mark{},
		mutes: map[ConversationID]map[UserID]*Mute{},
		lanes: map[laneKey]*laneState{}, place: time.UTC,
		view: newView(),
	}
	return s
}

// Decider returns a copy to decide on: it may run ahead of s by events that are not durable yet. It has no view, and
// costs a copy of the tables, not of what is in them.
func (s *State) Decider() *State {
	c := *s
	c.view = nil
	c.users, c.usernames, c.devices = maps.Clone(s.users), maps.Clone(s.usernames), maps.Clone(s.devices)
	c.owned = maps.Clone(s.owned)
	c.zones, c.workZones, c.teams = maps.Clone(s.zones), maps.Clone(s.workZones), maps.Clone(s.teams)
	c.duty, c.callSigns = maps.Clone(s.duty), maps.Clone(s.callSigns)
	c.rtas, c.choices, c.deleted = maps.Clone(s.rtas), maps.Clone(s.choices), maps.Clone(s.deleted)
	c.dispatches, c.numbers, c.tasks = maps.Clone(s.dispatches), maps.Clone(s.numbers), maps.Clone(s.tasks)
	c.closed, c.settled = slices.Clip(s.closed), slices.Clip(s.settled)
	c.held, c.notes = cloneSlices(s.held), maps.Clone(s.notes)
	c.conversations, c.timelines = maps.Clone(s.conversations), cloneSlices(s.timelines)
	c.members, c.pending, c.mutes = cloneMaps(s.members), cloneMaps(s.pending), cloneMaps(s.mutes)
	c.byMessage, c.urgent, c.urgentIn = maps.Clone(s.byMessage), maps.Clone(s.urgent), cloneSlices(s.urgentIn)
	c.lastZone, c.duress = maps.Clone(s.lastZone), maps.Clone(s.duress)
	c.climbing = maps.Clone(s.climbing)
	c.invitations, c.marks = maps.Clone(s.invitations), maps.Clone(s.marks)
	c.lanes = make(map[laneKey]*laneState, len(s.lanes))
	for k, l := range s.lanes {
		c.lanes[k] = l.clone()
	}
	return &c
}

// cloneSlices copies the table and clips the copy's slices: an append to one moves away, and the original writes only
// behind what the copy can reach.
func cloneSlices[K comparable, V any](m map[K][]V) map[K][]V {
	c := make(map[K][]V, len(m))
	for k, v := range m {
		c[k] = slices.Clip(v)
	}
	return c
}

func cloneMaps[K, L comparable, V any](m map[K]map[L]V) map[K]map[L]V {
	c := make(map[K]map[L]V, len(m))
	for k, v := range m {
		c[k] = maps.Clone(v)
	}
	return c
}

// The entities by id; nil if there is none. They are not to be changed.

// User returns a user.
func (s *State) User(id UserID) *User { return s.users[id] }

// UserNamed returns the user with that username.
func (s *State) UserNamed(username string) *User { return s.users[s.usernames[username]] }

// Device returns a device.
func (s *State) Device(id DeviceID) *Device { return s.devices[id] }

// Zone returns an operational zone.
func (s *State) Zone(id ZoneID) *Zone { return s.zones[id] }

// WorkZone returns a work zone.
func (s *State) WorkZone(id WorkZoneID) *WorkZone { return s.workZones[id] }

// Team returns a team.
func (s *State) Team(id TeamID) *Team { return s.teams[id] }

// Duty returns the shift that a user is on, nil when off duty.
func (s *State) Duty(id UserID) *Duty { return s.duty[id] }

// Dispatch returns a dispatch.
func (s *State) Dispatch(id DispatchID) *Dispatch { return s.dispatches[id] }

// Task returns a task.
func (s *State) Task(id TaskID) *Task { return s.tasks[id] }

// LogNote returns a note on a dispatch's record.
func (s *State) LogNote(id LogID) *LogNote { return s.notes[id] }

// Conversation returns a conversation.
func (s *State) Conversation(id ConversationID) *Conversation { return s.conversations[id] }

// Invitation returns an invitation.
func (s *State) Invitation(id InvitationID) *Invitation { return s.invitations[id] }

// Message returns a message whose row is still in memory.
func (s *State) Message(id MessageID) *Entry { return s.byMessage[id] }

// Urgent returns who has yet to acknowledge an urgent message.
func (s *State) Urgent(id MessageID) *Urgent { return s.urgent[id] }

// Mark returns how far a user has read a conversation; nil for not at all.
func (s *State) Mark(c ConversationID, u UserID) *Mark { return s.marks[pair{c, u}] }

// Timeline returns the newest rows of a conversation, by n; older ones are in the log. Not to be changed.
func (s *State) Timeline(id ConversationID) []*Entry { return s.timelines[id] }

// Users returns all users by id.
func (s *State) Users() []*User { return sorted(s.users) }

// Devices returns all devices by id.
func (s *State) Devices() []*Device { return sorted(s.devices) }

// Zones returns all operational zones by id.
func (s *State) Zones() []*Zone { return sorted(s.zones) }

// WorkZones returns all work zones by id.
func (s *State) WorkZones() []*WorkZone { return sorted(s.workZones) }

// Teams returns all teams by id.
func (s *State) Teams() []*Team { return sorted(s.teams) }

// Dispatches returns all dispatches by id.
func (s *State) Dispatches() []*Dispatch { return sorted(s.dispatches) }

// Conversations returns all conversations by id.
func (s *State) Conversations() []*Conversation { return sorted(s.conversations) }

// sorted returns the values of a table by key, so that no map order leaks out.
func sorted[K ~[16]byte, V any](m map[K]V) []V {
	keys := sortedKeys(m)
	values := make([]V, len(keys))
	for i, k := range keys {
		values[i] = m[k]
	}
	return values
}

func sortedKeys[K ~[16]byte, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareIDs[K])
	return keys
}

func compareIDs[K ~[16]byte](a, b K) int { return slices.Compare(a[:], b[:]) }
