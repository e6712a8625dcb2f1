package replay

import (
	"slices"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/replay/judge"
	"officermobile/replay/tap"
)

// What the tests reach inside.
var (
	Play       = play
	Percentile = percentile
	ByDevice   = byDevice
	MintIDs    = mintIDs
	NewPace    = newPace
)

// Messages are the ids of messages.
func (i *ids) Messages() []models.MessageID { return i.messages }

// Wall is pace.wall.
func (p pace) Wall(t time.Time) time.Time { return p.wall(t) }

// Shown is pace.shown.
func (p pace) Shown(wall time.Time) time.Time { return p.shown(wall) }

// Pushes is pushes, with devices that can all be rung.
type Pushes struct{ *pushes }

// NewPushes makes a collector for some devices.
func NewPushes(agency models.AgencyID, wallOf func(time.Time) time.Time, ids ...models.DeviceID) *Pushes {
	var all []*device
	for _, id := range ids {
		all = append(all, &device{id: id, tap: tap.New(), address: Address{Token: TokenOf(id)}})
	}
	return &Pushes{newPushes(agency, wallOf, all)}
}

// TokenOf is the address of a device of NewPushes.
func TokenOf(id models.DeviceID) string { return "token of " + id.String() }

// Event is pushes.event.
func (p *Pushes) Event(s *models.State, e models.Event) { p.event(s, e) }

// Judge is pushes.judge.
func (p *Pushes) Judge(r judge.Rules, outages []judge.Outage, journal []Push) (judge.Tally, []string) {
	j := p.judge(r, outages, journal)
	return j.Tally, slices.Concat(j.found[judge.Missing], j.found[judge.Unowed])
}

// Calls are those of a slot.
func (p *Pushes) Calls(id models.DeviceID, about string, thing record.UUID) []judge.Call {
	if s := p.slots[slotKey{p.devices[id], sort(about), thing}]; s != nil {
		return s.Calls
	}
	return nil
}

// RingID is ringID.
func (p *Pushes) RingID(id models.DeviceID, about string, thing record.UUID, first record.Seq) string {
	return ringID(p.agency, slotKey{p.devices[id], sort(about), thing}, first)
}

// Things are what a device was called about, of a sort.
func (p *Pushes) Things(id models.DeviceID, about string) []record.UUID {
	var all []record.UUID
	for _, k := range p.keys {
		if k.device.id == id && k.sort == sort(about) {
			all = append(all, k.id)
		}
	}
	return all
}
