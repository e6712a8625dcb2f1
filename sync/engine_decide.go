package sync

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
)

// headerBytes bounds what one event adds to a header: its type, times, ids, hashes and digest.
const headerBytes = 256

// draft is a batch in the making: the events of several commands, and what each command came to.
type draft struct {
	outcomes []outcome
	events   []models.Event
	heads    []record.Event
	payloads []record.Payload
	keys     []record.Key
	size     int  // bytes at most, as record.MaxBatchBytes counts them
	gaps     bool // a numbered command came before its predecessor

	chain record.Chain // behind this batch; set by seal
	id    record.UUID
	batch record.Batch
}

// outcome is a job's answer once the draft is durable.
type outcome struct {
	job      *job
	from, to int // of the draft's events
	answer   Answer
	old      bool // the answer was durable before and doesn't depend on the draft
}

// build decides jobs in order until the batch is full; rest are those that found no place. A job whose events can't be
// applied is put aside with an internal error and the others are decided again without it.
func (e *engine) build(ctx context.Context, jobs []*job) (d *draft, rest []*job) {
	for {
		d := &draft{size: headerBytes, outcomes: make([]outcome, 0, len(jobs))}
		rest, ok := e.fill(ctx, d, jobs)
		if ok {
			return d, rest
		}
		e.decider = nil
	}
}

// fill is one attempt at a draft; not ok when a job turned out to be poison.
func (e *engine) fill(ctx context.Context, d *draft, jobs []*job) (rest []*job, ok bool) {
	if e.decider == nil {
		e.fork()
	}
	for i, j := range jobs {
		if j.abandoned() {
			continue
		}
		o, fits := e.decide(ctx, d, j)
		if !fits {
			return jobs[i:], true
		}
		if j.poison != nil && o.answer.Err != j.poison {
			return nil, false
		}
		j.hinder(o.answer.Err)
		o.job = j
		d.outcomes = append(d.outcomes, o)
	}
	return nil, true
}

// fork makes a new decider of what is applied. It needs the write lock, for it clips the state's slices.
func (e *engine) fork() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.decider = e.state.Decider()
}

// decide comes to one command's answer, and adds its events to the draft; fits is false when they have no place.
func (e *engine) decide(ctx context.Context, d *draft, j *job) (o outcome, fits bool) {
	if j.poison != nil {
		return outcome{answer: Answer{Err: j.poison}}, true
	}
	if err := j.hindered(); err != nil {
		return outcome{answer: Answer{Err: err}, old: true}, true
	}
	c := j.cmd
	c.At = e.now(d)
	if o, known := e.known(ctx, d, &c); known {
		return o, true
	}
	bodies, err := e.ask(ctx, d, c)
	if len(bodies) > record.MaxEvents {
		bodies, err = nil, errLarge
	}
	if c.Num > 0 && (err != nil || len(bodies) == 0) {
		if !recordable(err) {
			return outcome{answer: Answer{Err: err}}, true
		}
		bodies, err = []models.EventBody{models.OutcomeOf(err)}, nil
	}
	if err != nil || len(bodies) == 0 {
		return outcome{answer: Answer{Err: err}}, true
	}
	return e.write(d, j, c, bodies)
}

// recordable tells a refusal that a lane remembers from what leaves the command undecided: an internal error, storage
// that can't be reached, and who isn't let in at all, whose refusals would fill the log.
func recordable(err error) bool {
	if err == nil {
		return true
	}
	refusal := models.AsError(err)
	return refusal != nil && refusal.Kind != models.KindUnauthenticated && refusal.Kind != models.KindUnavailable
}

// known answers a command without deciding it: one that was decided before, or can't be yet.
func (e *engine) known(ctx context.Context, d *draft, c *models.Command) (o outcome, known bool) {
	if c.Num > 0 {
		return e.numbered(d, c)
	}
	if c.Request != (record.Request{}) {
		return e.requested(ctx, d, c)
	}
	return outcome{}, false
}

// numbered looks a command up in its lane.
func (e *engine) numbered(d *draft, c *models.Command) (o outcome, known bool) {
	if c.Device.IsZero() || c.ID.IsZero() || c.Lane > models.LaneRoutine {
		return outcome{answer: Answer{Err: errNumber}}, true
	}
	if r, ok := e.decider.ResultOf(c.Device, c.Lane, c.Num, c.ID); ok {
		return outcome{answer: Answer{Result: r}, old: c.Num <= e.state.LastNum(c.Device, c.Lane)}, true
	}
	if c.Num > e.decider.LastNum(c.Device, c.Lane)+1 {
		d.gaps = true
		return outcome{answer: Answer{Err: errGap}}, true
	}
	return outcome{}, false
}

// ask has the domain decide; what isn't a refusal is logged.
func (e *engine) ask(ctx context.Context, d *draft, c models.Command) ([]models.EventBody, error) {
	if c.Body == nil {
		return nil, e.malformed(c)
	}
	bodies, err := e.decideOn(ctx, d, c)
	if err != nil && models.AsError(err) == nil {
		return nil, e.internal("decide "+c.Body.CommandType(), err)
	}
	return bodies, err
}

// decideOn looks up what the decision needs and decides. A panic is that command's own, and an error.
func (e *engine) decideOn(ctx context.Context, d *draft, c models.Command) (bodies []models.EventBody, err error) {
	defer rescue(&err)
	if err := e.lookUp(ctx, d, &c); err != nil {
		return nil, err
	}
	return models.Decide(e.decider, c)
}

// malformed refuses input that made no sense; only what comes from an active device is worth recording.
func (e *engine) malformed(c models.Command) error {
	user, device := e.decider.User(c.Actor), e.decider.Device(c.Device)
	if user == nil || !user.Active || device == nil || device.Revoked || device.User != c.Actor {
		return models.ErrInactive
	}
	return errInvalid
}

// write encodes a command's events into the draft and applies them to the decider. What is applied is what a reader
// will decode from the log, so that this node can't differ from the others.
func (e *engine) write(d *draft, j *job, c models.Command, bodies []models.EventBody) (o outcome, fits bool) {
	o.from = len(d.events)
	if o.from+len(bodies) > record.MaxEvents {
		return o, false
	}
	err := e.encode(d, c, bodies)
	if err == nil && d.size > record.MaxBatchBytes {
		d.truncate(o.from)
		if o.from > 0 {
			return o, false
		}
		err = errLarge
	}
	if err != nil {
		d.truncate(o.from)
		if c.Num > 0 && recordable(err) {
			return e.write(d, j, c, []models.EventBody{models.OutcomeOf(err)})
		}
		return outcome{answer: Answer{Err: err}}, true
	}
	o.to = len(d.events)
	if err := applyAll(e.decider, d.events[o.from:]); err != nil {
		j.poison = e.internal("apply what "+d.heads[o.from].Type+" came to", err)
		return o, true
	}
	if c.Num > 0 {
		o.answer.Result, _ = e.decider.ResultOf(c.Device, c.Lane, c.Num, c.ID)
	}
	return o, true
}

// encode adds events to the draft, each later than the one before.
func (e *engine) encode(d *draft, c models.Command, bodies []models.EventBody) error {
	for i, body := range bodies {
		var salt record.UUID
		if err := e.random(salt[:]); err != nil {
			return e.internal("draw a salt", err)
		}
		event := models.Event{
			Seq: e.chain.Seq + record.Seq(len(d.events)) + 1, At: c.At + models.Micros(i), Actor: c.Actor, Device: c.Device,
			Lane: c.Lane, Num: c.Num, Command: c.ID, Request: c.Request, Body: body,
		}
		if c.Num == 0 {
			event.Lane, event.Command = 0, models.CommandID{}
		}
		head, payload, keys, err := models.EncodeEvent(event, salt)
		if err != nil {
			return e.internal("encode an event", err)
		}
		if len(payload.Bytes) > record.MaxPayloadBytes {
			return errLarge
		}
		n := len(d.heads)
		d.heads, d.payloads = append(d.heads, head), append(d.payloads, payload)
		for _, k := range keys {
			d.keys = append(d.keys, record.Key{Event: n, Value: k})
		}
		d.size += headerBytes + len(payload.Bytes)
		back, err := models.DecodeEvent(record.Header{First: e.chain.Seq + 1, Events: d.heads}, payload, n)
		if err != nil {
			return e.internal("decode an event", err)
		}
		d.events = append(d.events, back)
	}
	return nil
}

// truncate takes back the events from n on, which are not applied yet.
func (d *draft) truncate(n int) {
	for len(d.payloads) > n {
		last := len(d.payloads) - 1
		d.size -= headerBytes + len(d.payloads[last].Bytes)
		d.payloads, d.heads = d.payloads[:last], d.heads[:last]
	}
	d.events = d.events[:n]
	for len(d.keys) > 0 && d.keys[len(d.keys)-1].Event >= n {
		d.keys = d.keys[:len(d.keys)-1]
	}
}

// now is the time of the draft's next event: the clock's, but always later than what came before.
func (e *engine) now(d *draft) models.Micros {
	last := e.chain.At
	if n := len(d.heads); n > 0 {
		last = d.heads[n-1].At
	}
	return models.Micros(max(e.opts.Clock.Now().UnixMicro(), last+1))
}
