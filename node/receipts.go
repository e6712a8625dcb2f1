package node

import (
	"context"
	"strings"
	"time"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/office"
	"officermobile/push"
)

// Account is whom a message and its escalation were for and what was decided about their devices, with words in the
// agency's time.
func (p pushDesk) Account(ctx context.Context, agency models.AgencyID, message models.Event, steps []models.Event) (api.Account, error) {
	known, err := p.push.Account(ctx, agency, message)
	if err != nil {
		return api.Account{}, err
	}
	place, err := p.place(ctx, agency)
	if err != nil {
		return api.Account{}, err
	}
	a := api.Account{Known: string(known.Known), AsOf: models.Micros(known.AsOf.UnixMicro())}
	a.Recipients = shownAddressees(known.Recipients, message.At, place)
	for _, e := range steps {
		c, err := p.push.Climb(ctx, agency, e)
		if err != nil {
			return api.Account{}, err
		}
		a.Steps = append(a.Steps, api.Climb{Step: c.Step, At: e.At, Recipients: shownAddressees(c.Recipients, e.At, place)})
	}
	return a, nil
}

// shownAddressees are people as clients get them; at is when who has no device was not rung.
func shownAddressees(all []push.Addressee, at models.Micros, place *time.Location) []api.Addressee {
	shown := make([]api.Addressee, len(all))
	for i, r := range all {
		to := api.Addressee{User: r.User, ByRole: r.ByRole}
		for _, v := range r.Verdicts {
			to.Devices = append(to.Devices, wire.DeviceRing{Device: v.Device, Push: shownVerdict(v, place)})
		}
		if len(to.Devices) == 0 {
			none := shownVerdict(push.VerdictRecord{Decision: push.Suppress, Reason: push.NoDevice, At: time.UnixMicro(int64(at))}, place)
			to.None = &none
		}
		shown[i] = to
	}
	return shown
}

// OfDevice are the latest verdicts about a device.
func (p pushDesk) OfDevice(ctx context.Context, agency models.AgencyID, device models.DeviceID, limit int) ([]wire.DeviceVerdict, bool, error) {
	latest, more, err := p.push.OfDevice(ctx, agency, device, limit)
	if err != nil {
		return nil, false, err
	}
	place, err := p.place(ctx, agency)
	if err != nil {
		return nil, false, err
	}
	all := make([]wire.DeviceVerdict, len(latest))
	for i, v := range latest {
		about, id := v.About()
		all[i] = wire.DeviceVerdict{User: v.User, About: about, ID: id.String(), Push: shownVerdict(v, place)}
	}
	return all, more, nil
}

// DeadLetters are an agency's rings that no provider will ever take.
func (p pushDesk) DeadLetters(ctx context.Context, agency models.AgencyID, after string, limit int) (api.DeadLetters, error) {
	own := agency.Hex() + "/"
	if after != "" {
		after = own + after
	}
	all, err := p.push.DeadLetters(ctx, agency, after, limit)
	if err != nil {
		return api.DeadLetters{}, err
	}
	page := api.DeadLetters{Letters: make([]api.DeadLetter, len(all))}
	for i, l := range all {
		v := l.Verdict
		about, _ := v.About()
		page.Letters[i] = api.DeadLetter{
			At: v.At.UnixMilli(), User: v.User, Device: v.Device, About: about, Provider: string(v.Ground.Provider), Answer: v.Answer, Status: l.Status, Attempts: v.Attempts,
		}
	}
	if len(all) == limit {
		page.Next = strings.TrimPrefix(all[limit-1].ID, own)
	}
	return page, nil
}

// place is where an agency's clocks hang.
func (p pushDesk) place(ctx context.Context, agency models.AgencyID) (*time.Location, error) {
	name := ""
	err := office.People{Agencies: p.Agencies}.View(ctx, agency, func(s *models.State) { name = s.Agency.TimeZone })
	if err != nil {
		return nil, err
	}
	place, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, nil // it was checked when it was set; a machine without zones still has words
	}
	return place, nil
}

// shownVerdict is a verdict as clients get it.
func shownVerdict(v push.VerdictRecord, place *time.Location) wire.PushVerdict {
	g := v.Ground
	return wire.PushVerdict{
		Verdict: string(v.Decision), Reason: string(v.Reason), At: v.At.UnixMilli(), Words: push.Words(v, place), Derived: v.Derived,
		Reached: wire.PushReached{Received: milliOf(v.Reached.Received), Displayed: milliOf(v.Reached.Displayed), Opened: milliOf(v.Reached.Opened)},
		Facts: wire.PushFacts{
			State: g.State, Uncertain: g.State == models.Foreground && !g.Certain, Heard: milliOf(g.Heard), Since: milliOf(g.Since),
			Confirmed: g.Confirmed, HasAddress: g.Address, WaitUntil: milliOf(g.Until), Passive: g.Passive, Overrode: string(g.Overrode), Provider: string(g.Provider),
			Outcome: v.Outcome, Answer: v.Answer, Attempts: v.Attempts,
		},
	}
}

// milliOf is a time in milliseconds, 0 for none.
func milliOf(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}
