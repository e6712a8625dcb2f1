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
	gone    bool // its caller has stopped waiting
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
	}
	q.signal()
	return nil
}

func laneOf(j *job) models.Lane {
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
	return q.cut(jobs, models.LaneRoutine, n-len(jobs))
}

func (q *queue) cut(jobs []*job, l models.Lane, n int) []*job {
	n = min(n, len(q.lanes[l]))
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
