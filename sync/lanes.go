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
)

// lanes decides what a request carries, the urgent lane first. What is wrong with a lane is in its answer.
func (s *Service) lanes(ctx context.Context, g *Agency, who wire.Caller, queues map[string]wire.LaneQueue) map[string]wire.LaneAnswer {
	if len(queues) == 0 {
		return nil
	}
	answers := make(map[string]wire.LaneAnswer, len(queues))
	ctx, cancel := context.WithTimeout(ctx, s.clock.Real(laneWait))
	defer cancel()
	left := wire.MaxCommands
	for lane, name := range []string{"0", "1"} {
		if q, ok := queues[name]; ok {
			answers[name] = s.lane(ctx, g, who, models.Lane(lane), q, left)
			left -= len(q.Commands)
		}
	}
	for name := range queues {
		if _, ok := answers[name]; !ok && len(answers) <= wire.MaxCommands {
			answers[name] = wire.LaneAnswer{Results: []models.Result{}, Code: CodeNoLane}
		}
	}
	return answers
}

// lane answers one queue: what was decided before from the record, the rest by the engine.
func (s *Service) lane(ctx context.Context, g *Agency, who wire.Caller, lane models.Lane, q wire.LaneQueue, limit int) wire.LaneAnswer {
	if who.Device.IsZero() {
		return wire.LaneAnswer{Results: []models.Result{}, Code: "no_device"}
	}
	if len(q.Commands) > limit {
		return wire.LaneAnswer{Results: []models.Result{}, Next: s.next(g, who, lane), Code: CodeTooMany}
	}
	results, rest, code := s.recorded(g, who, lane, q)
	answer := wire.LaneAnswer{Results: results, Code: code}
	if len(rest) > 0 {
		s.submit(ctx, g, rest, &answer)
	}
	answer.Next = s.next(g, who, lane)
	return answer
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

// submit has commands decided and appends their outcomes, up to the first that has none.
func (s *Service) submit(ctx context.Context, g *Agency, cmds []models.Command, answer *wire.LaneAnswer) {
	for _, a := range g.Submit(ctx, cmds) {
		if a.Err != nil {
			answer.Code, answer.RetryMS = undecided(a.Err)
			return
		}
		if a.Result.Outcome == models.Fork {
			answer.Code = CodeFork
			return
		}
		answer.Results = append(answer.Results, a.Result)
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
