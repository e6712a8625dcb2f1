package models

// The verbs of the officer who holds a task; a dispatcher of the zone may give them too.

// TaskStart: assigned to on_route. An officer has at most one task under way.
type TaskStart struct {
	TaskID TaskID `json:"task_id"`
}

// CommandType is the name on the wire.
func (*TaskStart) CommandType() string { return "task.start" }

func (b *TaskStart) decide(s *State, c Command) ([]EventBody, error) {
	t, err := s.taskToMove(c, b.TaskID)
	if err != nil {
		return nil, err
	}
	if t.Status == TaskOnRoute {
		return nil, nil
	}
	if t.Status != TaskAssignedStatus {
		return nil, errTaskStatus
	}
	for _, id := range s.held[t.Assignee] {
		if s.tasks[id].active() {
			return nil, Refuse(KindConflict, "another_active", "Another task is under way; suspend or clear it first.")
		}
	}
	return []EventBody{&TaskMoved{ID: t.ID, Status: TaskOnRoute}}, nil
}

// TaskArrive: on_route to on_scene.
type TaskArrive struct {
	TaskID TaskID `json:"task_id"`
}

// CommandType is the name on the wire.
func (*TaskArrive) CommandType() string { return "task.arrive" }

func (b *TaskArrive) decide(s *State, c Command) ([]EventBody, error) {
	t, err := s.taskToMove(c, b.TaskID)
	if err != nil {
		return nil, err
	}
	if t.Status == TaskOnScene {
		return nil, nil
	}
	if t.Status != TaskOnRoute {
		return nil, errTaskStatus
	}
	return []EventBody{&TaskMoved{ID: t.ID, Status: TaskOnScene}}, nil
}

// TaskClear ends a task from any status.
type TaskClear struct {
	TaskID      TaskID `json:"task_id"`
	Disposition string `json:"disposition,omitzero"`
	Response    string `json:"officer_response,omitzero"` // what the officer reports
}

// CommandType is the name on the wire.
func (*TaskClear) CommandType() string { return "task.clear" }

func (b *TaskClear) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(mayName("disposition", b.Disposition), mayText("officer_response", b.Response, MaxResponse)); err != nil {
		return nil, err
	}
	t, err := s.taskToMove(c, b.TaskID)
	if err != nil {
		return nil, err
	}
	if t.Status == TaskCleared {
		return nil, nil
	}
	if err := s.checkMaybe(c, "disposition", DispositionChoice, b.Disposition); err != nil {
		return nil, err
	}
	moved := &TaskMoved{ID: t.ID, Status: TaskCleared, Disposition: b.Disposition, Response: b.Response}
	if b.Response != "" {
		moved.Dispatch = t.Dispatch
	}
	return []EventBody{moved}, nil
}

// TaskSuspend diverts an officer: the task under way is cleared as suspended, and a duplicate is assigned to them, to
// be taken up later. The original stays in the record.
type TaskSuspend struct {
	TaskID TaskID `json:"task_id"`
	NewID  TaskID `json:"new_id,omitzero"` // of the duplicate; absent: derived from TaskID
}

// CommandType is the name on the wire.
func (*TaskSuspend) CommandType() string { return "task.suspend" }

func (b *TaskSuspend) decide(s *State, c Command) ([]EventBody, error) {
	t, err := s.taskToMove(c, b.TaskID)
	if err != nil {
		return nil, err
	}
	id := b.NewID
	if id.IsZero() {
		id = Derive[taskKind](t.ID, "suspended")
	}
	if t.Status == TaskCleared && s.tasks[id] != nil && s.tasks[id].Original == t.ID {
		return nil, nil
	}
	if !t.active() {
		return nil, errTaskStatus
	}
	if s.tasks[id] != nil || c.Taken != nil {
		return nil, ErrNotFound
	}
	d := s.dispatches[t.Dispatch]
	if len(d.Tasks) >= MaxTasks {
		return nil, errTooManyTasks
	}
	return []EventBody{
		&TaskMoved{ID: t.ID, Status: TaskCleared, Disposition: DispositionSuspended},
		&TaskCreated{ID: id, Dispatch: d.ID, Original: t.ID},
		s.assign(id, d, t.Assignee, 0),
	}, nil
}

// taskToMove returns a task for its assignee or who runs its zone. A base that is out of date is answered superseded,
// also to an officer from whom the task was taken meanwhile.
func (s *State) taskToMove(c Command, id TaskID) (*Task, error) {
	t := s.tasks[id]
	if t == nil {
		return nil, ErrNotFound
	}
	d := s.dispatches[t.Dispatch]
	if !c.Actor.IsZero() && !s.seesDispatch(s.actor(c), d) {
		return nil, ErrNotFound
	}
	if late(c, t) {
		return nil, errSuperseded
	}
	if c.Actor.IsZero() || t.Assignee == c.Actor || s.runsZone(s.actor(c), d.Zone) {
		return t, nil
	}
	return nil, ErrForbidden
}

// TaskMoved is a task's progress.
type TaskMoved struct {
	ID          TaskID     `json:"id"`
	Status      TaskStatus `json:"status"` // on_route, on_scene or cleared
	Disposition string     `json:"disposition,omitzero"`
	Response    string     `json:"officer_response,omitzero"`
	Dispatch    DispatchID `json:"dispatch,omitzero"` // with Response, for readers of the log that fold no state
}

func (b *TaskMoved) level() int {
	if b.Response != "" {
		return 2
	}
	return 0
}

// EventType is the name in the log.
func (*TaskMoved) EventType() string { return "task.moved" }

func (b *TaskMoved) apply(s *State, e Event) {
	t := s.tasks[b.ID]
	if t == nil || t.Status == TaskCleared || b.Status <= TaskAssignedStatus || b.Status > TaskCleared {
		return
	}
	next := *t
	next.Disposition, next.Response = b.Disposition, b.Response
	s.enter(&next, b.Status, e.At)
	next.decide(e)
	s.putTask(next)
}
