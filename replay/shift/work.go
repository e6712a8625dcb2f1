package shift

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// dispatch creates the dispatches and assigns their tasks.
func (p *planner) dispatch() {
	created := make([]time.Time, len(p.calls))
	for i, c := range p.calls {
		created[i] = later(c.Received, p.shift.From.Add(readyBefore))
	}
	for i := range p.jobs {
		d := p.shift.Tasks[p.jobs[i].task].Dispatch
		p.jobs[i].shiftTo(created[d].Add(time.Second))
	}
	p.ends = make([]ending, len(p.calls))
	for i, at := range created {
		p.ends[i].created = at
		p.step(at, p.consoleOf(DispatchNo(i)), CreateDispatch{Dispatch: DispatchNo(i)})
	}
	for _, j := range p.jobs {
		p.step(j.assign, p.consoleOf(p.shift.Tasks[j.task].Dispatch), Assign{Task: j.task})
	}
}

// shiftTo moves what was recorded before a time to that time.
func (j *job) shiftTo(floor time.Time) {
	j.assign = later(j.assign, floor)
	j.start = recorded(j.start, floor)
	j.arrive = recorded(j.arrive, floor)
	j.clear = recorded(j.clear, floor)
}

// verb is a step in a task's life.
type verb int

const (
	start verb = iota
	arrive
	clearing
)

// moment is a recorded step of an officer's task.
type moment struct {
	at   time.Time
	job  job
	verb verb
}

// work does every officer's tasks, as recorded.
func (p *planner) work() {
	rng := p.rng("work")
	byOfficer := make([][]job, len(p.shift.People))
	for _, j := range p.jobs {
		officer := p.shift.Tasks[j.task].Officer
		byOfficer[officer] = append(byOfficer[officer], j)
	}
	for i, jobs := range byOfficer {
		w := worker{planner: p, rng: rng, officer: PersonNo(i)}
		for _, m := range moments(jobs) {
			if m.at.Before(p.shift.To) {
				w.do(m)
			}
		}
	}
}

// moments lays an officer's tasks out in time; of one time, in the order of the tasks and then of a task's life.
func moments(jobs []job) []moment {
	var all []moment
	for _, j := range jobs {
		for v, at := range []time.Time{j.start, j.arrive, j.clear} {
			if !at.IsZero() {
				all = append(all, moment{at, j, verb(v)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.job.task, b.job.task), cmp.Compare(a.verb, b.verb))
	})
	return all
}

// held is a task in an officer's hands: the job, the task that stands for it now, and how far it is.
type held struct {
	job     job
	now     TaskNo // the latest duplicate, or the job's own
	onScene bool
}

// worker does one officer's tasks. Of those that are under way only the last begun is active; the others wait,
// suspended, and are resumed in the reverse order.
type worker struct {
	planner *planner
	rng     *rand.Rand
	officer PersonNo
	active  *held
	waiting []*held
}

func (w *worker) do(m moment) {
	switch m.verb {
	case start:
		w.suspend(m.at)
		w.active = &held{job: m.job, now: m.job.task}
		w.step(m.at, Start{Task: m.job.task})
	case arrive:
		w.arrive(m)
	case clearing:
		w.clear(m)
	}
}

// suspend puts the active task away, for another that begins.
func (w *worker) suspend(at time.Time) {
	if w.active == nil {
		return
	}
	duplicate := TaskNo(len(w.planner.shift.Tasks))
	task := w.planner.shift.Tasks[w.active.now]
	task.DuplicateOf = w.active.now
	w.planner.shift.Tasks = append(w.planner.shift.Tasks, task)
	w.step(at, Suspend{Task: w.active.now, Duplicate: duplicate})
	w.active.now = duplicate
	w.waiting = append(w.waiting, w.active)
	w.active = nil
}

// arrive is at once for the active task. A suspended one has arrived when it is resumed.
func (w *worker) arrive(m moment) {
	if w.active != nil && w.active.job.task == m.job.task {
		w.active.onScene = true
		w.step(m.at, Arrive{Task: w.active.now})
		return
	}
	for _, h := range w.waiting {
		if h.job.task == m.job.task {
			h.onScene = true
		}
	}
}

// clear ends a task, and resumes the last suspended one if that leaves the officer free.
func (w *worker) clear(m moment) {
	if w.active != nil && w.active.job.task == m.job.task {
		now := w.active.now
		w.active = nil
		w.finish(m, now)
		w.resume(m.at)
		return
	}
	for i, h := range w.waiting {
		if h.job.task == m.job.task {
			w.waiting = slices.Delete(w.waiting, i, i+1)
			w.finish(m, h.now)
			return
		}
	}
	w.finish(m, m.job.task) // it was never started
}

func (w *worker) finish(m moment, now TaskNo) {
	w.step(m.at, Clear{Task: now})
	w.planner.ends[w.planner.shift.Tasks[now].Dispatch].cleared(m.at)
}

func (w *worker) resume(at time.Time) {
	if len(w.waiting) == 0 {
		return
	}
	w.active = w.waiting[len(w.waiting)-1]
	w.waiting = w.waiting[:len(w.waiting)-1]
	w.step(at, Start{Task: w.active.now})
	if w.active.onScene {
		w.step(at, Arrive{Task: w.active.now})
	}
}
