package sync

import (
	"slices"
	"sync"

	"officermobile/models"
)

// routineShare is how many places of a batch routine commands have while they wait: urgent ones overtake them but can't
// starve them.
const routineShare = 16

// job is one command on its way through the engine.
type job struct {
	cmd    models.Command
	group  *submission // nil for the system's own
	place  int         // in the group's answers
	poison error       // its events could not be applied; it is never decided again
}

// submission is the commands of one Submit.
type submission struct {
	done chan struct{} // closed when nothing is left

	mu      sync.Mutex
	answers []Answer
	decided []bool
	left    int
	gone    bool  // its caller has stopped waiting
	failed  error // why an urgent command was left undecided; what is routine may refer to it, and is left so too

	urgent int // of its jobs that wait in the queue, under the queue's lock: its routine ones come behind them
}

func newSubmission(cmds []models.Command) (*submission, []*job) {
	s := &submission{done: make(chan struct{}), answers: make([]Answer, len(cmds)), decided: make([]bool, len(cmds)), left: len(cmds)}
	all, jobs := make([]job, len(cmds)), make([]*job, len(cmds))
	for i := range cmds {
		all[i] = job{cmd: cmds[i], group: s, place: i}
		jobs[i] = &all[i]
	}
	return s, jobs
}

// answer settles a command. The first answer stands.
func (j *job) answer(a Answer) {
	s := j.group
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.decided[j.place] {
		return
	}
	s.decided[j.place], s.answers[j.place] = true, a
	j.note(a.Err)
	s.left--
	if s.left == 0 {
		close(s.done)
	}
}

// abandoned reports a command whose caller has gone and that need not be begun.
func (j *job) abandoned() bool {
	if j.group == nil {
		return false
	}
	j.group.mu.Lock()
	defer j.group.mu.Unlock()
	return j.group.gone
}

// undone tells storage's trouble from a refusal, and from a command that fails by its own fault each time: that one
// would else hold up the routine lane for good.
func undone(err error) bool {
	e := models.AsError(err)
	return e != nil && (e.Kind == models.KindUnavailable || e.Kind == models.KindFull)
}

// note remembers that an urgent command was left undecided. The caller holds the group's lock.
func (j *job) note(err error) {
	if j.group.failed == nil && laneOf(j) == models.LaneUrgent && undone(err) {
		j.group.failed = err
	}
}

// hinder does note for an answer that isn't given yet.
func (j *job) hinder(err error) {
	if j.group != nil && err != nil {
		j.group.mu.Lock()
		defer j.group.mu.Unlock()
		j.note(err)
	}
}

// hindered is why a routine command can't be decided: an urgent one of the same request was not.
func (j *job) hindered() error {
	if j.group == nil || laneOf(j) == models.LaneUrgent {
		return nil
	}
	j.group.mu.Lock()
	defer j.group.mu.Unlock()
	return j.group.failed
}

// leave ends the wait: what has no answer yet gets one that says so.
func (s *submission) leave(err error) []Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	answers := slices.Clone(s.answers)
	for i, decided := range s.decided {
		if !decided {
			answers[i] = Answer{Err: err}
		}
	}
	return answers
}

// queue holds the jobs that wait for a batch, those of each lane in order.
type queue struct {
	wake chan struct{} // holds a token while there may be jobs

	mu     sync.Mutex
	lanes  [2][]*job
	limit  int
	closed bool
}

func newQueue(limit int) *queue { return &queue{wake: make(chan struct{}, 1), limit: limit} }

// put adds jobs, all or, when that is too many or the queue has closed, none.
func (q *queue) put(jobs []*job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errClosing
	}
	if len(q.lanes[0])+len(q.lanes[1])+len(jobs) > q.limit {
		return errBusy
	}
	for _, j := range jobs {
		l := laneOf(j)
		q.lanes[l] = append(q.lanes[l], j)
		j.waits(l, 1)
	}
	q.signal()
	return nil
}

// waits counts a job in or out of what its submission has in the queue.
func (j *job) waits(l models.Lane, n int) {
	if l == models.LaneUrgent && j.group != nil {
		j.group.urgent += n
	}
}

// laneOf is the queue that a job waits in: a numbered command its own, so that the lane's order holds whatever is in it.
func laneOf(j *job) models.Lane {
	if j.cmd.Num > 0 {
		return min(j.cmd.Lane, models.LaneRoutine)
	}
	if j.cmd.Body == nil {
		return models.LaneUrgent
	}
	return models.LaneOf(j.cmd.Body)
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take removes at most n jobs, the urgent ones first but for the routine share.
func (q *queue) take(n int) []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	routine := min(len(q.lanes[models.LaneRoutine]), routineShare)
	jobs := q.cut(nil, models.LaneUrgent, n-routine)
	return q.cut(jobs, models.LaneRoutine, q.ready(n-len(jobs)))
}

// ready is how many of the first n routine jobs have nothing urgent of their own submission before them. The first waits
// no longer than for what came when it did, so that this starves nobody.
func (q *queue) ready(n int) int {
	n = min(n, len(q.lanes[models.LaneRoutine]))
	for i, j := range q.lanes[models.LaneRoutine][:n] {
		if j.group != nil && j.group.urgent > 0 {
			return i
		}
	}
	return n
}

func (q *queue) cut(jobs []*job, l models.Lane, n int) []*job {
	n = min(n, len(q.lanes[l]))
	for _, j := range q.lanes[l][:n] {
		j.waits(l, -1)
	}
	jobs = append(jobs, q.lanes[l][:n]...)
	clear(q.lanes[l][:n])
	q.lanes[l] = q.lanes[l][n:]
	return jobs
}

// putBack returns jobs that found no place in a batch to the front of their lanes.
func (q *queue) putBack(jobs []*job) {
	if len(jobs) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range slices.Backward(jobs) {
		l := laneOf(j)
		q.lanes[l] = slices.Insert(q.lanes[l], 0, j)
		j.waits(l, 1)
	}
	q.signal()
}

// close refuses what comes from now on; what is in stays.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// ended reports that nothing is left and nothing will come.
func (q *queue) ended() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed && len(q.lanes[0])+len(q.lanes[1]) == 0
}

// drain removes everything, for answers that nobody will decide.
func (q *queue) drain() []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := slices.Concat(q.lanes[0], q.lanes[1])
	q.lanes = [2][]*job{}
	return jobs
}
