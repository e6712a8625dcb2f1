package models_test

import (
	"officermobile/models"

	"pgregory.net/rapid"
)

// handling is a command about a device: it changes hands, is shut out, or is to be rung for a test.
func (c *crowd) handling() models.CommandBody {
	r, id := c.r, pick(c.r, c.devices)
	switch rapid.IntRange(0, 9).Draw(r, "of a device") {
	case 0:
		return &models.DeviceRelease{DeviceID: id}
	case 1:
		return &models.DeviceRevoke{DeviceID: id, Wipe: rapid.Bool().Draw(r, "wipe"), Lost: rapid.Bool().Draw(r, "lost")}
	case 2, 3, 4, 5, 6:
		return &models.DeviceTest{DeviceID: id}
	}
	return &models.DeviceRegister{Name: "tablet", Class: pick(r, []string{"vehicle", "phone"}), Platform: pick(r, []string{"ios", "android"})}
}

// testing is the device that a command would have rung, as it is before it; nil for none.
func (c *crowd) testing(b models.CommandBody) *models.Device {
	if t, ok := b.(*models.DeviceTest); ok {
		return c.state.Device(t.DeviceID)
	}
	return nil
}

// checkTested holds an accepted test to a device that is somebody's, and to a minute since the last.
func (c *crowd) checkTested(before *models.Device, events []models.Event) {
	for _, e := range events {
		tested, ok := e.Body.(*models.DeviceTested)
		if !ok {
			continue
		}
		d := c.state.Device(tested.ID)
		if d == nil || d.Revoked || d.User.IsZero() || d.User != tested.User || d.TestedSeq != e.Seq || d.TestedBy != e.Actor {
			c.r.Fatalf("a test of %+v was taken by %v", d, e.Actor)
		}
		if before != nil && before.TestedAt != 0 && e.At-before.TestedAt < 60_000_000 {
			c.r.Fatalf("a test %d us after the last", e.At-before.TestedAt)
		}
		if !c.state.MayTest(e.Actor, d.ID) {
			c.r.Fatalf("%v may not test what they tested", e.Actor)
		}
	}
}
