package shift

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"officermobile/replay/calls"
	"officermobile/replay/texts"
)

// Options says which hours to plan, and how.
type Options struct {
	From        time.Time
	Minutes     int // 1 to MaxMinutes
	Seed        uint64
	MaxOfficers int // 0 for 400: what two cores simulate
	Dispatchers int // 0 for 4
	ServerKills int // 0 for one in 40 minutes, but 5 at least
}

// MaxMinutes is the longest shift, a day.
const MaxMinutes = 24 * 60

// Defaults and bounds of the options.
const (
	defaultOfficers    = 400
	defaultDispatchers = 4
	leastKills         = 5
	minutesPerKill     = 40
	mostPeople         = 10_000
)

// Plan plans a shift. A window in which no call runs is an error that names the span of the file.
func Plan(all []calls.Call, corpus []texts.Text, o Options) (Shift, error) {
	o, err := o.check()
	if err != nil {
		return Shift{}, err
	}
	to := o.From.Add(time.Duration(o.Minutes) * time.Minute)
	running := window(all, o.From, to)
	if len(running) == 0 {
		return Shift{}, fmt.Errorf("no call runs from %s to %s; the file covers %s",
			o.From.Format(time.RFC3339), to.Format(time.RFC3339), calls.SpanOf(all))
	}
	picker, err := texts.NewPicker(corpus, o.Seed)
	if err != nil {
		return Shift{}, err
	}
	p := &planner{options: o, picker: picker, calls: running}
	p.shift = Shift{From: o.From, To: to, Seed: o.Seed}
	p.plan()
	return p.shift, nil
}

func (o Options) check() (Options, error) {
	if o.Minutes < 1 || o.Minutes > MaxMinutes {
		return o, fmt.Errorf("a shift lasts from 1 to %d minutes", MaxMinutes)
	}
	if o.From.IsZero() {
		return o, errors.New("a shift needs a time to begin at")
	}
	o.MaxOfficers = orDefault(o.MaxOfficers, defaultOfficers)
	o.Dispatchers = orDefault(o.Dispatchers, defaultDispatchers)
	o.ServerKills = orDefault(o.ServerKills, max(leastKills, o.Minutes/minutesPerKill))
	for _, n := range []int{o.MaxOfficers, o.Dispatchers, o.ServerKills} {
		if n < 1 || n > mostPeople {
			return o, fmt.Errorf("officers, dispatchers and server kills are from 1 to %d", mostPeople)
		}
	}
	return o, nil
}

func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}

// window is the calls that run between two times. Units that were done before are left out.
func window(all []calls.Call, from, to time.Time) []calls.Call {
	var running []calls.Call
	for _, c := range all {
		if !c.RunsIn(from, to) {
			continue
		}
		c.Units = slices.DeleteFunc(slices.Clone(c.Units), func(u calls.Unit) bool {
			return !u.Cleared.IsZero() && !u.Cleared.After(from)
		})
		running = append(running, c)
	}
	return running
}

// planner holds a plan in the making, one stage after another.
type planner struct {
	options Options
	picker  *texts.Picker
	calls   []calls.Call // one for each dispatch
	shift   Shift
	jobs    []job       // one for each task that is not a duplicate
	duty    []time.Time // by person: since when
	ends    []ending    // by dispatch
}

func (p *planner) plan() {
	p.cast()
	p.cover()
	p.reportForDuty()
	p.dispatch()
	p.work()
	p.closeDispatches()
	p.talkOfDispatches()
	p.talkAmongThemselves()
	p.goOffDuty()
	p.killServer()
	p.sort()
	p.handleDevices()
	p.sort()
}

// rng is a stream of draws for one stage, so that a change in one leaves the others as they were.
func (p *planner) rng(stage string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(stage)) // never errs
	return rand.New(rand.NewPCG(p.options.Seed, h.Sum64()))
}

// step adds a step, unless it is after the shift; it says whether it did.
func (p *planner) step(at time.Time, on DeviceNo, do Action) bool {
	if !at.Before(p.shift.To) || at.Before(p.shift.From) {
		return false
	}
	by := PersonNo(None)
	if on != None {
		by = p.shift.Devices[on].Owner
	}
	p.shift.Steps = append(p.shift.Steps, Step{At: at, By: by, On: on, Do: do})
	return true
}

// sort orders the steps by time. Those of one time stay in the order in which the stages made them, which is that of
// cause and effect.
func (p *planner) sort() {
	slices.SortStableFunc(p.shift.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
}

// between draws a duration, to the millisecond.
func between(rng *rand.Rand, low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(rng.Int64N(int64((high-low)/time.Millisecond)+1))*time.Millisecond
}

// chance is true once in so many percent.
func chance(rng *rand.Rand, percent int) bool { return rng.IntN(100) < percent }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
