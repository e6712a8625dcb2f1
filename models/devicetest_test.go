package models_test

import (
	"testing"
	"time"

	"officermobile/models"
)

// TestDeviceTest: who may have a device rung for a test, how often, and what is remembered of it.
func TestDeviceTest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.phone(w.olga)
	test := &models.DeviceTest{DeviceID: phone}
	for _, who := range []models.UserID{w.olga, w.admin, w.dan} {
		events := w.do(who, test)
		d := w.state.Device(phone)
		if len(events) != 1 || d.TestedSeq != events[0].Seq || d.TestedAt != events[0].At || d.TestedBy != who {
			t.Errorf("got %d events and %+v, want it noted", len(events), d)
		}
		w.refuse(who, test, "tested_just_now")
		w.now = w.now.Add(time.Minute)
	}
	for _, who := range []models.UserID{w.omar, w.sam, w.rita, w.cad, {}} { // sam runs another zone
		w.refuse(who, test, "not_found")
	}
	w.do(w.olga, &models.GoOffDuty{})
	w.refuse(w.dan, test, "not_found") // who is off duty is nobody's in particular
	w.do(w.olga, test)
	w.do(w.olga, &models.DeviceRelease{DeviceID: phone})
	w.refuse(w.admin, test, "not_found")
	w.register(w.omar, phone)
	if d := w.state.Device(phone); d.TestedSeq != 0 {
		t.Errorf("got %+v, want it untested with somebody else", d)
	}
	w.do(w.omar, &models.DeviceRevoke{DeviceID: phone})
	w.refuse(w.omar, test, "not_found")
	w.refuse(w.admin, &models.DeviceTest{DeviceID: newID[models.DeviceID](w)}, "not_found")
}
