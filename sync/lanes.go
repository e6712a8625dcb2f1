package sync

import (
	"context"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// laneWait is how long a request waits for its commands to be durable: the page behind them shall not wait longer.
const laneWait = 5 * time.Second

// Codes of a lane whose commands were not all decided, beside those of the engine.
const (
	CodeFork    models.Code = "fork"         // a number came with another command: this phone was restored from a backup
	CodeTooMany models.Code = "too_many"     // more commands than one request may carry
	CodeNoLane  models.Code = "unknown_lane" // there is no lane of this name
	CodeWaits   models.Code = "waits"        // the urgent lane of the same request could not be taken: this one builds on it
)

// laneNames are those of the lanes in JSON, the urgent one first.
var laneNames = [...]string{"0", "1"}

// laneWork is one queue of a request: what is known to answer, and what has to be decided.
type laneWork struct {
	lane   models.Lane
	answer wire.LaneAnswer
	cmds   []models.Command
}

// lanes answers what a request carries. What is wrong with a lane is in its answer.
func (s *Service) lanes(ctx context.Context, g *Agency, who wire.Caller, queues map[string]wire.LaneQueue) map[string]wire.LaneAnswer {
	if len(queues) == 0 {
		return nil
	}
	work := s.plan(g, who, queues)
	s.submit(ctx, g, work)
	answers := make(map[string]wire.LaneAnswer, len(queues))
	for _, w := range work {
		if !who.Device.IsZero() {
			w.answer.Next = s.next(g, who, w.lane)
		}
		answers[laneNames[w.lane]] = w.answer
	}
	for name := range queues {
		if _, ok := answers[name]; !ok && len(answers) <= wire.MaxCommands {
			answers[name] = wire.LaneAnswer{Results: []models.Result{}, Code: CodeNoLane}
		}
	}
	return answers
}

// plan takes the queues that there are lanes for, the urgent one first.
func (s *Service) plan(g *Agency, who wire.Caller, queues map[string]wire.LaneQueue) []*laneWork {
	var work []*laneWork
	left := wire.MaxCommands
	for lane, name := range laneNames {
		q, ok := queues[name]
		if !ok {
			continue
		}
		w := &laneWork{lane: models.Lane(lane)}
		switch {
		case who.Device.IsZero():
			w.answer = wire.LaneAnswer{Results: []models.Result{}, Code: "no_device"}
		case len(work) > 0 && work[0].answer.Code != "": // a message would be refused for want of its conversation
			w.answer = wire.LaneAnswer{Results: []models.Result{}, Code: CodeWaits}
		case len(q.Commands) > left:
			w.answer = wire.LaneAnswer{Results: []models.Result{}, Code: CodeTooMany}
		default:
			w.answer.Results, w.cmds, w.answer.Code = s.recorded(g, who, w.lane, q)
			w.answer.Known = len(w.answer.Results)
		}
		work = append(work, w)
		left -= len(q.Commands)
	}
	return work
}

// recorded splits a queue into what has an outcome and what has to be decided. A fork has nothing decided: the numbers
// behind it mean other commands too.
func (s *Service) recorded(g *Agency, who wire.Caller, lane models.Lane, q wire.LaneQueue) (known []models.Result, rest []models.Command, code models.Code) {
	known = []models.Result{}
	g.View(func(st *models.State) {
		last := st.LastNum(who.Device, lane)
		if q.First > last+1 || q.First == 0 {
			code = CodeGap
			return
		}
		for i, c := range q.Commands {
			num := q.First + uint64(i)
			r, decided := st.ResultOf(who.Device, lane, num, c.ID)
			if decided && r.Outcome == models.Fork {
				code = CodeFork
				return
			}
			if decided {
				known = append(known, r)
				continue
			}
			rest = append(rest, models.Command{Actor: who.User, Device: who.Device, Lane: lane, Num: num, ID: c.ID})
		}
	})
	if code != "" {
		return known, nil, code
	}
	for i := range rest {
		read(&rest[i], q.Commands[len(known)+i])
		s.surround(who.Agency, &rest[i])
	}
	return known, rest, ""
}

// read fills in what a client says of a command. One that can't be read keeps its place and is rejected.
func read(c *models.Command, from wire.Command) {
	c.Base = from.Base
	if !from.DeviceAt.IsZero() {
		c.Claims.DeviceAt = from.DeviceAt.UnixMilli()
	}
	c.Claims.AgeMS = max(from.AgeMS, 0)
	body, err := models.DecodeCommand(from.Type, from.Body)
	if err != nil {
		body = &models.Malformed{Lane: c.Lane, Refusal: models.AsError(err)}
	}
	c.Body = body
}

// submit has the commands of both lanes decided at once, so that they share a commit.
func (s *Service) submit(ctx context.Context, g *Agency, work []*laneWork) {
	var cmds []models.Command
	for _, w := range work {
		cmds = append(cmds, w.cmds...)
	}
	ctx, cancel := context.WithTimeout(ctx, s.clock.Real(laneWait))
	defer cancel()
	answers := g.Submit(ctx, cmds)
	for _, w := range work {
		w.take(answers[:len(w.cmds)])
		answers = answers[len(w.cmds):]
	}
}

// take appends outcomes up to the first command that has none.
func (w *laneWork) take(answers []Answer) {
	for _, a := range answers {
		if a.Err != nil {
			w.answer.Code, w.answer.RetryMS = undecided(a.Err)
			return
		}
		if a.Result.Outcome == models.Fork {
			w.answer.Code = CodeFork
			return
		}
		w.answer.Results = append(w.answer.Results, a.Result)
	}
}

func undecided(err error) (models.Code, int) {
	if e := models.AsError(err); e != nil {
		return e.Code, e.RetryMS
	}
	return "unavailable", 2000
}

// next is the number that a lane waits for.
func (s *Service) next(g *Agency, who wire.Caller, lane models.Lane) (num uint64) {
	g.View(func(st *models.State) { num = st.LastNum(who.Device, lane) + 1 })
	return num
}
