package shift_test

import (
	"fmt"
	"time"

	"officermobile/replay/shift"
)

// checker walks a plan step by step, as the server and the people would live it, and collects what can't be.
type checker struct {
	plan      shift.Shift
	problems  []string
	duty      map[shift.PersonNo]bool
	awake     []bool
	killed    []bool
	created   map[shift.DispatchNo]bool
	closed    map[shift.DispatchNo]bool
	status    map[shift.TaskNo]string
	active    map[shift.PersonNo]shift.TaskNo
	exists    map[shift.ConversationNo]bool
	members   map[shift.ConversationNo]map[shift.PersonNo]bool
	invited   map[shift.InvitationNo]time.Time
	answered  map[shift.InvitationNo]bool
	posted    map[shift.MessageNo]time.Time
	acked     map[[2]int]bool
	kills     int
	deadCalls int // invitations made to somebody without coverage
}

func check(plan shift.Shift) *checker {
	c := &checker{plan: plan,
		duty: map[shift.PersonNo]bool{}, awake: make([]bool, len(plan.Devices)), killed: make([]bool, len(plan.Devices)),
		created: map[shift.DispatchNo]bool{}, closed: map[shift.DispatchNo]bool{},
		status: map[shift.TaskNo]string{}, active: map[shift.PersonNo]shift.TaskNo{},
		exists: map[shift.ConversationNo]bool{}, members: map[shift.ConversationNo]map[shift.PersonNo]bool{},
		invited: map[shift.InvitationNo]time.Time{}, answered: map[shift.InvitationNo]bool{},
		posted: map[shift.MessageNo]time.Time{}, acked: map[[2]int]bool{},
	}
	for i := range c.awake {
		c.awake[i] = true
	}
	last := plan.From
	for i, s := range plan.Steps {
		if s.At.Before(last) || !s.At.Before(plan.To) {
			c.fail(s, "step %d is out of order or window", i)
		}
		last = s.At
		c.actor(s)
		c.do(s)
	}
	return c
}

func (c *checker) fail(s shift.Step, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("%s by %d %T%v: ", s.At.Format("15:04:05.000"), s.By, s.Do, s.Do)+fmt.Sprintf(format, args...))
}

func (c *checker) require(s shift.Step, ok bool, what string) {
	if !ok {
		c.fail(s, "%s", what)
	}
}

func (c *checker) actor(s shift.Step) {
	if _, ok := s.Do.(shift.KillServer); ok {
		c.require(s, s.By == shift.None && s.On == shift.None, "nobody kills the server")
		return
	}
	c.require(s, c.plan.Devices[s.On].Owner == s.By, "not their device")
	switch s.Do.(type) {
	case shift.Foreground, shift.Restart:
	case shift.Kill:
		c.require(s, !c.awake[s.On] && !c.killed[s.On], "killed outside the background")
	case shift.OnDuty:
		c.require(s, c.awake[s.On], "device asleep")
	case shift.Background:
		c.require(s, c.awake[s.On], "already away")
	default:
		c.require(s, c.awake[s.On], "device asleep")
		c.require(s, c.dispatcher(s.By) || c.duty[s.By], "not on duty")
	}
}

func (c *checker) dispatcher(who shift.PersonNo) bool {
	return c.plan.People[who].Type == shift.Dispatcher
}

func (c *checker) do(s shift.Step) {
	switch do := s.Do.(type) {
	case shift.OnDuty:
		c.require(s, !c.duty[do.Officer], "twice on duty")
		c.duty[do.Officer] = true
	case shift.OffDuty:
		c.require(s, c.duty[do.Officer], "not on duty")
		for t, status := range c.status {
			c.require(s, c.plan.Tasks[t].Officer != do.Officer || status == "cleared", "has a task")
		}
		delete(c.duty, do.Officer)
	case shift.CreateDispatch:
		c.created[do.Dispatch] = true
		conversation := c.plan.Dispatches[do.Dispatch].Conversation
		c.exists[conversation] = true
		for i := range c.plan.People {
			if c.dispatcher(shift.PersonNo(i)) {
				c.join(conversation, shift.PersonNo(i))
			}
		}
	case shift.CloseDispatch:
		for t, status := range c.status {
			c.require(s, c.plan.Tasks[t].Dispatch != do.Dispatch || status == "cleared", "a task is not cleared")
		}
		c.closed[do.Dispatch] = true
	case shift.Background:
		c.awake[s.On] = false
	case shift.Foreground:
		c.require(s, !c.awake[s.On] && !c.killed[s.On], "not in the background")
		c.awake[s.On] = true
	case shift.Kill:
		c.killed[s.On] = true
	case shift.Restart:
		c.require(s, c.killed[s.On], "not killed")
		c.killed[s.On], c.awake[s.On] = false, true
	case shift.KillServer:
		c.kills++
	default:
		c.work(s)
		c.talk(s)
	}
}

func (c *checker) work(s shift.Step) {
	move := func(t shift.TaskNo, to string, from ...string) {
		for _, f := range from {
			if c.status[t] == f {
				c.status[t] = to
				return
			}
		}
		c.fail(s, "task is %q", c.status[t])
	}
	officer := func(t shift.TaskNo) shift.PersonNo { return c.plan.Tasks[t].Officer }
	switch do := s.Do.(type) {
	case shift.Assign:
		c.require(s, c.created[c.plan.Tasks[do.Task].Dispatch], "no dispatch")
		c.require(s, c.duty[officer(do.Task)], "officer not on duty")
		c.require(s, c.plan.Tasks[do.Task].DuplicateOf == shift.None, "duplicates are not assigned")
		move(do.Task, "assigned", "")
		c.join(c.plan.Dispatches[c.plan.Tasks[do.Task].Dispatch].Conversation, officer(do.Task))
	case shift.Start:
		_, busy := c.active[officer(do.Task)]
		c.require(s, !busy, "officer has another task under way")
		move(do.Task, "on_route", "assigned")
		c.active[officer(do.Task)] = do.Task
		c.aware(s, do.Task)
	case shift.Arrive:
		move(do.Task, "on_scene", "on_route")
		c.aware(s, do.Task)
	case shift.Clear:
		move(do.Task, "cleared", "assigned", "on_route", "on_scene")
		c.free(do.Task)
	case shift.Suspend:
		move(do.Task, "cleared", "on_route", "on_scene")
		c.free(do.Task)
		c.require(s, c.plan.Tasks[do.Duplicate].DuplicateOf == do.Task, "not its duplicate")
		move(do.Duplicate, "assigned", "")
	}
}

// aware requires that only those act in the field who may have heard of it.
func (c *checker) aware(s shift.Step, t shift.TaskNo) {
	c.require(s, c.dispatcher(s.By) || c.plan.Tasks[t].Officer == s.By, "somebody else's task")
}

func (c *checker) free(t shift.TaskNo) {
	if officer := c.plan.Tasks[t].Officer; c.active[officer] == t {
		delete(c.active, officer)
	}
}

func (c *checker) join(no shift.ConversationNo, who shift.PersonNo) {
	if c.members[no] == nil {
		c.members[no] = map[shift.PersonNo]bool{}
	}
	c.members[no][who] = true
}

func (c *checker) in(no shift.ConversationNo, who shift.PersonNo) bool { return c.members[no][who] }

func (c *checker) dead(on shift.DeviceNo, from, to time.Time) bool {
	for _, z := range c.plan.Devices[on].DeadZones {
		if !from.Before(z.From) && to.Before(z.To) {
			return true
		}
	}
	return false
}
