package records_test

import (
	"fmt"
	"slices"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/records"
)

// shifts are the call signs that somebody is shown, over all pages.
func (w *world) shifts(s *records.Service, u models.UserID, q wire.ShiftQuery) []string {
	w.t.Helper()
	q.Limit = 2
	all := []string{}
	for {
		page, err := s.Shifts(w.t.Context(), w.as(u), q)
		w.check(err)
		if len(page.Shifts) > q.Limit || page.Behind {
			w.t.Fatalf("got %+v", page)
		}
		for _, h := range page.Shifts {
			all = append(all, h.CallSign)
		}
		if q.Cursor = page.Next; page.Next == "" {
			return all
		}
	}
}

func TestShifts(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	shift := func(by, u models.UserID, zone int, sign string) {
		w.must(by, &models.ReportForDuty{UserID: u, Zone: w.zones[zone], Team: w.teams[zone], CallSign: sign})
	}
	shift(w.dan, w.olga, 0, "A") // begins first, and never ends
	for i := range 4 {
		shift(w.omar, w.omar, i%2, fmt.Sprint("B", i))
		w.must(w.ada, &models.GoOffDuty{UserID: w.omar})
		for range 8 { // so that it is in rows
			w.must(w.ada, &models.PutZone{ID: w.zones[1], Name: fmt.Sprint(w.now)})
		}
	}
	all := []string{"B3", "B2", "B1", "B0", "A"}
	want(t, "an administrator", w.shifts(s, w.ada, wire.ShiftQuery{}), all...)
	want(t, "one user's", w.shifts(s, w.ada, wire.ShiftQuery{User: w.omar}), all[:4]...)
	want(t, "one zone's", w.shifts(s, w.ada, wire.ShiftQuery{Zone: w.zones[1]}), "B3", "B1")
	want(t, "a dispatcher", w.shifts(s, w.dan, wire.ShiftQuery{}), "B2", "B0", "A")
	want(t, "a dispatcher about one user", w.shifts(s, w.dan, wire.ShiftQuery{User: w.omar}), "B2", "B0")
	want(t, "a dispatcher about another zone", w.shifts(s, w.dan, wire.ShiftQuery{Zone: w.zones[1]}))
	want(t, "an officer", w.shifts(s, w.olga, wire.ShiftQuery{}), "A")
	want(t, "an officer about another", w.shifts(s, w.olga, wire.ShiftQuery{User: w.omar}))
	page, err := s.Shifts(t.Context(), w.as(w.ada), wire.ShiftQuery{Limit: 10})
	w.check(err)
	on, off := page.Shifts[4], page.Shifts[3]
	if on.OnBy != w.dan || on.Off != 0 || on.Team != w.teams[0] || on.User != w.olga {
		t.Errorf("on duty: got %+v", on)
	}
	if off.OnBy != w.omar || off.OffBy != w.ada || off.Off <= off.On {
		t.Errorf("off duty: got %+v", off)
	}
	span := wire.ShiftQuery{From: models.Micros(page.Shifts[3].On * 1000), To: models.Micros(page.Shifts[1].On*1000 - 1)}
	want(t, "a span", w.shifts(s, w.ada, span), "B1", "B0")
	again, kill := w.open(docs(t), records.Options{}, 3, 20)
	want(t, "made anew from the log", w.shifts(again, w.ada, wire.ShiftQuery{}), all...)
	kill()
	w.must(w.ada, &models.UserChange{UserID: w.dan, Zones: &[]models.ZoneID{}})
	want(t, "a dispatcher without zones", w.shifts(s, w.dan, wire.ShiftQuery{}))
	if !slices.Equal(w.shifts(s, w.rita, wire.ShiftQuery{}), []string{}) {
		t.Error("a reviewer sees shifts")
	}
}
