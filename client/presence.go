package client

import (
	"context"

	"officermobile/models"
	"officermobile/models/wire"
)

// presence is what the device says of itself.
type presence struct {
	state  models.PresenceState
	where  *wire.Position
	report uint64 // last number used; never above Meta.Reports
	stale  bool   // the server has yet to hear of the latest state
}

// SetState says whether somebody looks at the app. In the foreground Run keeps a stream open; in the background it
// sends what there is to send and waits for Push.
func (d *Device) SetState(state models.PresenceState) {
	d.mu.Lock()
	d.presence.state, d.presence.stale = state, true
	d.mu.Unlock()
	d.replaced.Store(false)
	d.interrupt.raise()
}

// State is the state that SetState set; a new Device is in the background.
func (d *Device) State() models.PresenceState {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.presence.state
}

// SetPosition says where the device is; the next request takes it along.
func (d *Device) SetPosition(p wire.Position) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.presence.where = &p
}

// report is the next presence report. Its number is above that of every report before, of earlier processes too, so
// that one which was held up on its way can't override a newer. mu is held.
func (d *Device) report(ctx context.Context) (*wire.Presence, error) {
	if d.presence.report == d.meta.Reports {
		meta := d.meta.clone()
		meta.Reports += reportBlock
		if err := d.commit(ctx, Change{Meta: &meta}); err != nil {
			return nil, err
		}
	}
	d.presence.report++
	d.presence.stale = false
	p := &wire.Presence{State: d.presence.state, Report: d.presence.report, Position: d.presence.where}
	d.presence.where = nil
	return p, nil
}

// Present answers the volatile presence of other people, as the stream told it last.
func (d *Device) Present(user models.UserID) (wire.UserPresence, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.now[user]
	return p, ok
}
