package models

import (
	"slices"

	"officermobile/models/record"
)

// TaskStatus is how far a task has come; greater is further.
type TaskStatus uint8

// The statuses of a task.
const (
	TaskUnassignedStatus TaskStatus = iota
	TaskAssignedStatus
	TaskOnRoute
	TaskOnScene
	TaskCleared
)

var taskStatusNames = [...]string{"unassigned", "assigned", "on_route", "on_scene", "cleared"}

// String is the name on the wire.
func (t TaskStatus) String() string {
	if int(t) < len(taskStatusNames) {
		return taskStatusNames[t]
	}
	return ""
}

// MarshalText writes the name.
func (t TaskStatus) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the name.
func (t *TaskStatus) UnmarshalText(b []byte) error {
	i := slices.Index(taskStatusNames[:], string(b))
	if i < 0 {
		return Invalid("status", "is no status of a task")
	}
	*t = TaskStatus(i)
	return nil
}

// Task is a job on a dispatch, for one officer.
type Task struct {
	ID          TaskID              `json:"id"`
	Dispatch    DispatchID          `json:"dispatch"`
	Assignee    UserID              `json:"assignee"`
	Status      TaskStatus          `json:"status"`
	Disposition string              `json:"disposition"`               // how it ended, such as "report taken", "suspended"
	Response    string              `json:"officer_response,omitzero"` // what the officer reports on clearing
	Original    TaskID              `json:"original"`                  // that this one goes on from after a suspension
	Moved       Micros              `json:"moved"`                     // when the status last changed
	Entered     [TaskCleared]Micros `json:"entered"`                   // when each status before cleared was entered or passed over; 0: not, or fallen back behind it
	Clocks      []RTAClock          `json:"clocks,omitzero"`           // by From and To; never changed in place
	Decided     uint32              `json:"decided"`                   // rev of the last change of status or assignee
	DecidedBy   DeviceID            `json:"decided_by"`                // the device that it came from, zero for none
	Print       Print               `json:"print,omitzero"`            // of the command that made it
	Rev         uint32              `json:"rev"`
}

// active: an officer has at most one task that is.
func (t *Task) active() bool { return t.Status == TaskOnRoute || t.Status == TaskOnScene }

// DispositionSuspended is that of a task whose officer was diverted.
const DispositionSuspended = "suspended"

// TaskCreate puts a job on a dispatch, for an officer or for nobody yet.
type TaskCreate struct {
	ID         TaskID     `json:"id"`
	DispatchID DispatchID `json:"dispatch_id"`
	Assignee   UserID     `json:"assignee,omitzero"`
}

// CommandType is the name on the wire.
func (*TaskCreate) CommandType() string { return "task.create" }

func (b *TaskCreate) decide(s *State, c Command) ([]EventBody, error) {
	d := s.dispatches[b.DispatchID]
	if err := first(s.mustRunDispatch(c, d), needID("id", b.ID)); err != nil {
		return nil, err
	}
	if old := s.tasks[b.ID]; old != nil {
		return old.Print.again(b)
	}
	if c.Taken != nil {
		return c.again()
	}
	if d.Closed {
		return nil, errClosed
	}
	if len(d.Tasks) >= MaxTasks {
		return nil, errTooManyTasks
	}
	events := []EventBody{&TaskCreated{ID: b.ID, Dispatch: b.DispatchID, Print: printOf(b)}}
	if b.Assignee.IsZero() {
		return events, nil
	}
	if err := s.assignable(b.Assignee, d); err != nil {
		return nil, err
	}
	return append(events, s.assign(b.ID, d, b.Assignee, 0)), nil
}

var errTooManyTasks = Refuse(KindConflict, "too_many_tasks", "This dispatch has as many tasks as one can have.")

// Bounds of a dispatch, so that its record can be sealed in one batch. The largest incidents seen had under a hundred units.
const (
	MaxTasks    = 200
	MaxOfficers = 1000 // ever assigned
	MaxResponse = 400  // characters of an officer's response: a few sentences
)

// mustRunDispatch is mustRun by a dispatch; who can't see it is told that it isn't there.
func (s *State) mustRunDispatch(c Command, d *Dispatch) error {
	if d == nil || !c.Actor.IsZero() && !s.seesDispatch(s.actor(c), d) {
		return ErrNotFound
	}
	if c.Actor.IsZero() || s.runsZone(s.actor(c), d.Zone) {
		return nil
	}
	return ErrForbidden
}

// assignable: on duty in a team that is authorised for the work zone.
func (s *State) assignable(id UserID, d *Dispatch) error {
	u, duty := s.users[id], s.duty[id]
	if u == nil || !u.Active || !u.Types.Any(Officer) {
		return Refuse(KindConflict, "not_an_officer", "Only an active officer can be assigned.")
	}
	if duty == nil {
		return Refuse(KindConflict, "off_duty", "The officer is not on duty.")
	}
	if t := s.teams[duty.Team]; t == nil || !slices.Contains(t.WorkZones, d.WorkZone) {
		return Refuse(KindConflict, "not_authorised", "The officer's team is not authorised for this work zone.")
	}
	if len(d.Officers) >= MaxOfficers && !slices.Contains(d.Officers, id) {
		return Refuse(KindConflict, "too_many_officers", "As many officers were assigned to this dispatch as one can have.")
	}
	if len(s.held[id]) >= MaxHeldTasks {
		return Refuse(KindConflict, "too_many_tasks", "The officer holds as many tasks as one can hold.")
	}
	return nil
}

// assign makes the event; offset is how many rows of the conversation the same command writes before.
func (s *State) assign(id TaskID, d *Dispatch, officer UserID, offset uint32) *TaskAssigned {
	return &TaskAssigned{ID: id, User: officer, Conversation: d.Conversation, N: s.nextN(d.Conversation) + offset}
}

// TaskCreated is a new job.
type TaskCreated struct {
	ID       TaskID     `json:"id"`
	Dispatch DispatchID `json:"dispatch"`
	Original TaskID     `json:"original,omitzero"`
	Print    Print      `json:"print,omitzero"`
}

func (b *TaskCreated) print() Print { return b.Print }

// EventType is the name in the log.
func (*TaskCreated) EventType() string       { return "task.created" }
func (b *TaskCreated) minted() []record.UUID { return []record.UUID{b.ID.UUID()} }

func (b *TaskCreated) apply(s *State, e Event) {
	d := s.dispatches[b.Dispatch]
	if d == nil || s.tasks[b.ID] != nil || b.ID.IsZero() {
		return
	}
	next := *d
	next.Tasks = append(slices.Clip(d.Tasks), b.ID)
	s.dispatches[d.ID] = &next
	t := Task{ID: b.ID, Dispatch: b.Dispatch, Original: b.Original, Print: b.Print}
	s.enter(&t, TaskUnassignedStatus, e.At)
	s.putTask(t)
}

// TaskAssign gives an unassigned task to an officer.
type TaskAssign struct {
	TaskID TaskID `json:"task_id"`
	UserID UserID `json:"user_id"`
}

// CommandType is the name on the wire.
func (*TaskAssign) CommandType() string { return "task.assign" }

func (b *TaskAssign) decide(s *State, c Command) ([]EventBody, error) {
	t, d, err := s.taskToRun(c, b.TaskID)
	if err != nil {
		return nil, err
	}
	if t.Assignee == b.UserID && t.Status != TaskCleared {
		return nil, nil
	}
	if late(c, t) {
		return nil, errSuperseded
	}
	if t.Status != TaskUnassignedStatus {
		return nil, errTaskStatus
	}
	if err := s.assignable(b.UserID, d); err != nil {
		return nil, err
	}
	return []EventBody{s.assign(t.ID, d, b.UserID, 0)}, nil
}

// taskToRun returns a task and its dispatch for who runs the zone.
func (s *State) taskToRun(c Command, id TaskID) (*Task, *Dispatch, error) {
	t := s.tasks[id]
	if t == nil {
		return nil, nil, ErrNotFound
	}
	d := s.dispatches[t.Dispatch]
	return t, d, s.mustRunDispatch(c, d)
}

// late: the task's status or assignee has changed since the person decided.
func late(c Command, t *Task) bool { return overtaken(c, t.Decided, t.DecidedBy) }

// overtaken: what a command changes was changed, at rev decided, since the person decided, other than by earlier commands
// of the same device: an officer in a basement starts, arrives and clears on one and the same base.
func overtaken(c Command, decided uint32, by DeviceID) bool {
	own := !c.Device.IsZero() && by == c.Device
	return c.Base > 0 && decided > c.Base && !own
}

var errTaskStatus = Refuse(KindConflict, "task_status", "The task's status does not allow this.")

// TaskAssigned gives a task to an officer and brings them into the dispatch's conversation.
type TaskAssigned struct {
	ID           TaskID         `json:"id"`
	User         UserID         `json:"user"`
	Conversation ConversationID `json:"conversation"`
	N            uint32         `json:"n"` // of the notice
}

// EventType is the name in the log.
func (*TaskAssigned) EventType() string               { return "task.assigned" }
func (b *TaskAssigned) row() (ConversationID, uint32) { return b.Conversation, b.N }

func (b *TaskAssigned) apply(s *State, e Event) {
	t := s.tasks[b.ID]
	if t == nil || t.Status == TaskCleared {
		return
	}
	d := *s.dispatches[t.Dispatch]
	if !slices.Contains(d.Officers, b.User) {
		d.Officers = append(slices.Clip(d.Officers), b.User)
		s.dispatches[d.ID] = &d
	}
	next := *t
	next.Assignee = b.User
	s.enter(&next, TaskAssignedStatus, e.At)
	next.decide(e)
	s.putTask(next)
	s.regrant(b.User, DispatchScope(d.ID))
	s.join(d.Conversation, b.User, b.N)
	s.notice(e, d.Conversation, b.N, NoticeAssigned, b.User)
}

// TaskUnassign takes a task from its officer, who stays in the conversation.
type TaskUnassign struct {
	TaskID TaskID `json:"task_id"`
}

// CommandType is the name on the wire.
func (*TaskUnassign) CommandType() string { return "task.unassign" }

func (b *TaskUnassign) decide(s *State, c Command) ([]EventBody, error) {
	t, _, err := s.taskToRun(c, b.TaskID)
	if err != nil {
		return nil, err
	}
	if t.Status == TaskUnassignedStatus {
		return nil, nil
	}
	if late(c, t) {
		return nil, errSuperseded
	}
	if t.Status == TaskCleared {
		return nil, errTaskStatus
	}
	return []EventBody{&TaskUnassigned{ID: t.ID, User: t.Assignee}}, nil
}

// TaskUnassigned takes a task from its officer.
type TaskUnassigned struct {
	ID   TaskID `json:"id"`
	User UserID `json:"user"`
}

// EventType is the name in the log.
func (*TaskUnassigned) EventType() string { return "task.unassigned" }

func (b *TaskUnassigned) apply(s *State, e Event) {
	t := s.tasks[b.ID]
	if t == nil || t.Status == TaskCleared || t.Status == TaskUnassignedStatus {
		return
	}
	next := *t
	next.Assignee = UserID{}
	s.enter(&next, TaskUnassignedStatus, e.At)
	next.decide(e)
	s.putTask(next)
}

// decide notes that status or assignee changes with the coming rev.
func (t *Task) decide(e Event) { t.Decided, t.DecidedBy = t.Rev+1, e.Device }

// putTask stores a task and brings what follows from it in line: who holds it, the officers' and the dispatch's status.
func (s *State) putTask(t Task) {
	var before UserID
	if old := s.tasks[t.ID]; old != nil {
		before = old.Assignee
	}
	if before != t.Assignee {
		s.hold(before, t.ID, false)
		s.vanish(SelfScope(before), Row{RowTask, t.ID.UUID()})
	}
	s.hold(t.Assignee, t.ID, t.Status != TaskCleared)
	s.showTask(t)
	s.statusChanged(before)
	s.statusChanged(t.Assignee)
	s.putDispatch(*s.dispatches[t.Dispatch])
}

// showTask stores a task under its next rev and shows it in all scopes that it lies in.
func (s *State) showTask(t Task) {
	t.Rev++
	s.tasks[t.ID] = &t
	row, d := Row{RowTask, t.ID.UUID()}, s.dispatches[t.Dispatch]
	s.touch(ZoneScope(d.Zone), row, t.Rev, false)
	s.touch(DispatchScope(d.ID), row, t.Rev, false)
	if !t.Assignee.IsZero() {
		s.touch(SelfScope(t.Assignee), row, t.Rev, t.Status == TaskCleared)
	}
}

// hold keeps the list of an officer's uncleared tasks.
func (s *State) hold(u UserID, id TaskID, holds bool) {
	if u.IsZero() {
		return
	}
	i := slices.Index(s.held[u], id)
	if holds && i < 0 {
		s.held[u] = append(slices.Clip(s.held[u]), id)
	}
	if !holds && i >= 0 {
		s.held[u] = slices.Concat(s.held[u][:i], s.held[u][i+1:])
	}
}

// statusChanged shows an officer's forced status in the directory.
func (s *State) statusChanged(u UserID) {
	if d := s.duty[u]; d != nil {
		s.putDuty(*d)
	}
}
