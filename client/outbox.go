package client

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

// Limits of the outbox.
const (
	maxOutbox        = 10_000    // commands; a month of messages of an officer out of coverage
	maxRefused       = 100       // refusals kept until they are dismissed; the oldest go first
	maxQueuedBytes   = 192 << 10 // of the bodies in one request, under the server's 256 KiB
	commandOverheadB = 160       // of a command around its body
)

// Enqueue makes a command durable on the device and wakes the owner to send it; it works offline. Its lane follows
// from its body. base is the rev of what is changed as the person saw it, 0 where it doesn't matter.
//
// Errors: ErrSignedOut if nobody ever signed in here; ErrWiped; ErrFull; a *models.Error for a body that is too large.
func (d *Device) Enqueue(ctx context.Context, body models.CommandBody, base uint32) (models.CommandID, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return models.CommandID{}, fmt.Errorf("write a command: %w", err)
	}
	if len(raw) > models.MaxCommandBytes {
		return models.CommandID{}, models.Refuse(models.KindTooLarge, "too_large", "This is too large to send.")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(); err != nil {
		return models.CommandID{}, err
	}
	if d.meta.User.IsZero() {
		return models.CommandID{}, ErrSignedOut
	}
	if len(d.outbox) >= maxOutbox {
		return models.CommandID{}, ErrFull
	}
	lane, meta := models.LaneOf(body), d.meta.clone()
	meta.Lanes[lane].Last++
	e := Entry{
		EntryKey: EntryKey{lane, meta.Lanes[lane].Last}, ID: newID[models.CommandID](d), Type: body.CommandType(), Base: base, Body: raw,
		Made: d.cfg.Clock.Now(), Boot: d.boot, MonoMS: d.monotonic().Milliseconds(),
	}
	if err := d.commit(ctx, Change{Meta: &meta, PutEntries: []Entry{e}}); err != nil {
		return models.CommandID{}, err
	}
	d.wake.raise()
	d.changes.raise()
	return e.ID, nil
}

// monotonic is the time since New by the monotonic clock, at the pace of the device's clock.
func (d *Device) monotonic() time.Duration {
	return time.Duration(float64(time.Since(d.started)) * d.cfg.Clock.Speed())
}

// queue is the part of the outbox that the next request carries: lane 0 first. mu is held.
func (d *Device) queue() map[string]wire.LaneQueue {
	var lanes map[string]wire.LaneQueue
	room := maxQueuedBytes
	count := 0
	for _, e := range d.outbox {
		if e.Outcome != "" {
			continue
		}
		room -= len(e.Body) + commandOverheadB
		if count == wire.MaxCommands || room < 0 && count > 0 {
			break
		}
		count++
		name := laneName(e.Lane)
		q, ok := lanes[name]
		if !ok {
			q.First = e.Num
		}
		q.Commands = append(q.Commands, d.command(e))
		if lanes == nil {
			lanes = map[string]wire.LaneQueue{}
		}
		lanes[name] = q
	}
	return lanes
}

// command is an entry as it is sent now.
func (d *Device) command(e Entry) wire.Command {
	c := wire.Command{ID: e.ID, Type: e.Type, DeviceAt: e.Made, Base: e.Base, Body: e.Body}
	if e.Boot == d.boot {
		c.AgeMS = max(0, d.monotonic().Milliseconds()-e.MonoMS)
	}
	return c
}

// unsent reports commands that the server has yet to decide. mu is held.
func (d *Device) unsent() bool {
	return slices.ContainsFunc(d.outbox, func(e Entry) bool { return e.Outcome == "" })
}

func laneName(l models.Lane) string { return strconv.Itoa(int(l)) }

// settled is what the server's answers for the lanes come to.
type settled struct {
	decided []Entry    // all that have an outcome now; of them
	put     []Entry    // wait for a page that includes their effects
	refused []Entry    // go to the list of refusals
	gone    []EntryKey // leave the outbox
	fork    bool       // another phone has used these numbers: be another device
	retryMS int        // a lane was not decided for now
}

// settle reads the answers to the queue that was sent. A number that the server has forgotten without our having seen
// its outcome was used by another: a phone restored from a backup. mu is held.
func (d *Device) settle(sent map[string]wire.LaneQueue, answers map[string]wire.LaneAnswer) settled {
	var s settled
	for _, e := range d.outbox {
		name := laneName(e.Lane)
		a := answers[name]
		i := slices.IndexFunc(a.Results, func(r models.Result) bool { return r.Num == e.Num })
		_, asked := sent[name]
		if !asked || e.Outcome != "" || i < 0 {
			continue
		}
		r := a.Results[i]
		e.Outcome, e.Code = r.Outcome, r.Code
		switch r.Outcome {
		case models.Fork, models.Forgotten:
			s.fork = true
			continue
		case models.Applied:
			if e.Num <= d.meta.Lanes[e.Lane].Done {
				s.gone = append(s.gone, e.EntryKey) // its effects are in the rows already
				break
			}
			s.put = append(s.put, e)
		default:
			s.gone, s.refused = append(s.gone, e.EntryKey), append(s.refused, e)
		}
		s.decided = append(s.decided, e)
	}
	for name := range sent {
		a := answers[name]
		s.fork = s.fork || a.Code == models.Code(models.Fork)
		if a.Code != "" && a.Code != codeGap && a.Code != codeWaits {
			s.retryMS = max(s.retryMS, a.RetryMS, 1)
		}
	}
	return s
}

// changeOutbox is the outbox after a change, in order.
func changeOutbox(entries []Entry, c Change) []Entry {
	if c.EraseAll {
		entries = nil
	}
	if len(c.DeleteEntries) == 0 && len(c.PutEntries) == 0 {
		return entries
	}
	kept := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool {
		return slices.Contains(c.DeleteEntries, e.EntryKey) ||
			slices.ContainsFunc(c.PutEntries, func(p Entry) bool { return p.EntryKey == e.EntryKey })
	})
	kept = append(kept, c.PutEntries...)
	slices.SortFunc(kept, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Num, b.Num)) })
	return kept
}

// Refused lists the commands that were refused or came too late, oldest first, until Dismiss.
func (d *Device) Refused(ctx context.Context) ([]Entry, error) { return d.cfg.Store.Refused(ctx) }

// Dismiss takes a refused command off the list.
func (d *Device) Dismiss(ctx context.Context, id models.CommandID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.commit(ctx, Change{ForgetRefused: []models.CommandID{id}})
}

// Pending lists the outbox: what is not decided yet, or not yet part of what was pulled.
func (d *Device) Pending() []Entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.outbox)
}

// Discard empties the outbox: what was not sent never will be. The numbers are not used again, since some may have
// arrived without our hearing so; the server says if it wants them filled.
func (d *Device) Discard(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var c Change
	for _, e := range d.outbox {
		c.DeleteEntries = append(c.DeleteEntries, e.EntryKey)
	}
	return d.commit(ctx, c)
}
