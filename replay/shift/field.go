package shift

import "time"

// step does something to a task on the officer's phone or tablet, if it can know of the task by then; else a
// dispatcher does it, told by radio. A device without coverage keeps it until it has some.
func (w *worker) step(at time.Time, do Action) {
	task := taskOf(do)
	job := w.planner.original(task)
	on := w.fieldDevice(at, w.planner.jobs[job].assign)
	if on == None {
		on = w.planner.consoleOf(w.planner.shift.Tasks[task].Dispatch)
	}
	w.planner.step(at, on, do)
}

// fieldDevice is one of the officer's devices that has heard of something, rather one with coverage; None if none has.
func (w *worker) fieldDevice(at, since time.Time) DeviceNo {
	p := w.planner
	devices := p.shift.People[w.officer].Devices
	first := w.rng.IntN(len(devices))
	found := DeviceNo(None)
	for i := range devices {
		on := devices[(first+i)%len(devices)]
		if p.heard(on, since).After(at) {
			continue
		}
		if !p.dead(on, at) {
			return on
		}
		if found == None {
			found = on
		}
	}
	return found
}

// taskOf is the task that a field action is about.
func taskOf(do Action) TaskNo {
	switch do := do.(type) {
	case Start:
		return do.Task
	case Arrive:
		return do.Task
	case Clear:
		return do.Task
	case Suspend:
		return do.Task
	}
	return None
}

// original is the task that a chain of duplicates began with. Jobs and first tasks have the same numbers.
func (p *planner) original(t TaskNo) TaskNo {
	for p.shift.Tasks[t].DuplicateOf != None {
		t = p.shift.Tasks[t].DuplicateOf
	}
	return t
}

// ending is what is known of a dispatch's life.
type ending struct {
	created time.Time
	done    int       // tasks cleared
	last    time.Time // when the last was
	closed  time.Time // zero: open when the shift ends
}

func (e *ending) cleared(at time.Time) {
	e.done++
	e.last = later(e.last, at)
}

// When a dispatcher closes a dispatch, after its last task was cleared.
const (
	soonestClose = 30 * time.Second
	latestClose  = 3 * time.Minute
)

// closeDispatches closes those whose tasks are all cleared.
func (p *planner) closeDispatches() {
	rng := p.rng("close")
	tasks := make([]int, len(p.ends))
	for _, j := range p.jobs {
		tasks[p.shift.Tasks[j.task].Dispatch]++
	}
	for i := range p.ends {
		e := &p.ends[i]
		if tasks[i] == 0 || e.done < tasks[i] {
			continue
		}
		at := e.last.Add(between(rng, soonestClose, latestClose))
		if p.step(at, p.consoleOf(DispatchNo(i)), CloseDispatch{Dispatch: DispatchNo(i)}) {
			e.closed = at
		}
	}
}
