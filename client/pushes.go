package client

import (
	"slices"

	"officermobile/models"
	"officermobile/models/wire"
)

// pushesKept bounds what waits to be told of notifications: a day's rings without a network. The oldest go first.
const pushesKept = 256

// Notified notes how far a notification has come on this device: its n, as the payload said. The next request tells the
// server, without a round trip of its own. It is kept in memory: what a killed app did not tell is asked of nobody again.
func (d *Device) Notified(id models.NotificationID, stage wire.PushStage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := func(r wire.PushReceipt) bool { return r.ID == id && r.Stage == stage }
	if slices.ContainsFunc(d.pushes, known) {
		return
	}
	d.pushes = append(d.pushes, wire.PushReceipt{ID: id, Stage: stage, At: d.cfg.Clock.Now().UnixMilli()})
	d.pushes = d.pushes[max(0, len(d.pushes)-pushesKept):]
}

// tell is what the next request says of notifications. mu is held.
func (d *Device) tell() []wire.PushReceipt {
	return slices.Clone(d.pushes[:min(len(d.pushes), wire.MaxPushReceipts)])
}

// told forgets what a request said that was answered. mu is held.
func (d *Device) told(said []wire.PushReceipt) {
	d.pushes = slices.DeleteFunc(d.pushes, func(r wire.PushReceipt) bool { return slices.Contains(said, r) })
}
