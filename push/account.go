package push

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"officermobile/models"
	"officermobile/store"
)

// Known says how an Account knows whom a message was for.
type Known string

// How it knows.
const (
	KnownExactly Known = "posted" // who was in when it was posted
	KnownLater   Known = "later"  // who was in when the log was read, which lagged: see AsOf
	KnownNow     Known = "now"    // nothing is kept any more: who is in now and may read it
)

// Account is what push knows of a message: everybody it was for, and what was decided about each of their devices.
type Account struct {
	Known      Known
	AsOf       time.Time // of the state that was looked at
	Recipients []Addressee
}

// Addressee is one recipient. Nothing in Verdicts: no device.
type Addressee struct {
	User     models.UserID
	ByRole   bool
	Verdicts []VerdictRecord // by device
}

// Climb is a step by which an urgent message was escalated, and what was decided about whose devices.
type Climb struct {
	Step       models.Step
	At         time.Time
	Recipients []Addressee // who was waited for in person, and by role who was told
}

// settledAfter is when a device that a message was for has its verdict or its slot: patience, a look and a save are over.
const settledAfter = time.Minute

// Account tells of the event of a message; models.ErrNotFound for any other event. What was not kept is worked out from
// the present, and says so.
func (p *Service) Account(ctx context.Context, agency models.AgencyID, e models.Event) (Account, error) {
	posted, ok := e.Body.(*models.MessagePosted)
	if !ok {
		return Account{}, models.ErrNotFound
	}
	kept, audiences, err := p.kept(ctx, agency, e.Seq)
	if err != nil {
		return Account{}, err
	}
	var of Audience
	var devices map[models.UserID][]owed
	var o owed
	err = p.sight.View(ctx, agency, func(s *models.State) {
		of = appendAudience(nil, s, e)[0]
		if len(audiences) > 0 {
			of = audiences[0]
		}
		o, _ = subject(s, e)
		devices = map[models.UserID][]owed{}
		for _, u := range slices.Concat(of.ByName, of.ByRole) {
			devices[u] = o.to(s, []models.UserID{u})
		}
	})
	if err != nil {
		return Account{}, err
	}
	o.key.agency, o.n = agency, posted.N
	a := Account{Known: knownBy(audiences, e), AsOf: of.At}
	for _, u := range of.ByName {
		a.Recipients = append(a.Recipients, Addressee{User: u})
	}
	for _, u := range of.ByRole {
		a.Recipients = append(a.Recipients, Addressee{User: u, ByRole: true})
	}
	slices.SortFunc(a.Recipients, func(a, b Addressee) int { return compareUsers(a.User, b.User) })
	for i := range a.Recipients {
		r := &a.Recipients[i]
		if r.Verdicts, err = p.verdictsOf(ctx, r.User, devices[r.User], kept, o); err != nil {
			return Account{}, err
		}
	}
	return a, p.reachedOf(ctx, agency, a.verdicts()...)
}

// verdicts are those of all recipients, as they stand in the account.
func (a Account) verdicts() [][]VerdictRecord {
	all := make([][]VerdictRecord, len(a.Recipients))
	for i, r := range a.Recipients {
		all[i] = r.Verdicts
	}
	return all
}

func knownBy(audiences []Audience, e models.Event) Known {
	switch {
	case len(audiences) == 0:
		return KnownNow
	case audiences[0].AsOf == e.Seq:
		return KnownExactly
	}
	return KnownLater
}

// verdictsOf are those about a recipient's devices: of then, as kept, and of now.
func (p *Service) verdictsOf(ctx context.Context, user models.UserID, now []owed, kept []VerdictRecord, o owed) ([]VerdictRecord, error) {
	thing := o.key.thing.String()
	var all []VerdictRecord
	has := func(d models.DeviceID) bool {
		return slices.ContainsFunc(all, func(v VerdictRecord) bool { return v.Device == d })
	}
	for _, v := range kept {
		if v.User == user && v.Thing == thing && !has(v.Device) {
			all = append(all, v)
		}
	}
	for _, d := range now {
		if has(d.key.device) {
			continue
		}
		v, err := p.unrecorded(ctx, d)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b VerdictRecord) int { return slices.Compare(a.Device[:], b.Device[:]) })
	return all, nil
}

// unrecorded is the verdict about a device of now that has none: decided in a moment, in by role, told of by a slot that
// is still at work, or not there at the time.
func (p *Service) unrecorded(ctx context.Context, o owed) (VerdictRecord, error) {
	v, err := p.derive(ctx, o)
	age := p.clock.Now().Sub(o.at)
	if err != nil || v.Reason == InByRole || age < settledAfter || v.Decision == Push && v.Notification != "" {
		return v, err
	}
	d, err := p.docs.Get(ctx, o.key.kind(), o.key.id())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	if err == nil {
		if s, err := readSlot(o.key.agency, d); err == nil && s.now.covers(o.seq) && s.now.From <= o.seq {
			return v, nil
		}
	}
	v.Decision, v.Reason, v.At = Suppress, NotThere, o.at
	if age > verdictLife {
		v.Reason = NotKept
	}
	return v, nil
}

// OfDevice are the latest verdicts about a device, the newest first, at most limit, as far as a search of bounded length
// finds them. more says that there may be older ones.
func (p *Service) OfDevice(ctx context.Context, agency models.AgencyID, device models.DeviceID, limit int) (all []VerdictRecord, more bool, err error) {
	all = p.book(agency).of(device)
	s := search{p: p, agency: agency, device: device}
	if err := p.sight.View(ctx, agency, func(st *models.State) { s.upto = st.Seq }); err != nil {
		return nil, false, err
	}
	for s.upto > 0 && s.read < searchMost && len(all) < limit {
		found, err := s.step(ctx)
		if err != nil {
			return nil, false, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b VerdictRecord) int {
		return cmp.Or(cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.Thing, b.Thing), rank(a)-rank(b))
	})
	all = slices.CompactFunc(all, func(a, b VerdictRecord) bool { return a.Seq == b.Seq && a.Thing == b.Thing })
	if more = s.upto > 0; len(all) > limit {
		all, more = all[:limit], true
	}
	return all, more, p.reachedOf(ctx, agency, all)
}
