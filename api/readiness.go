package api

import (
	"cmp"
	"context"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Carried is a device with its latest test, for push to say how well it can be rung.
type Carried struct {
	User     models.UserID
	Device   models.DeviceID
	TestedAt models.Micros
	Tested   record.Seq // 0: never
}

func carriedOf(d *models.Device) Carried {
	return Carried{User: d.User, Device: d.ID, TestedAt: d.TestedAt, Tested: d.TestedSeq}
}

type readinessInput struct {
	Zone  models.ZoneID `query:"zone" doc:"Of officers on duty there alone; absent: of all zones that the caller runs."`
	Limit int           `query:"limit" minimum:"1" maximum:"1000" doc:"How many devices, the worst first; 100 if absent."`
}

// Board is who on duty can be rung.
type Board struct {
	Counts  map[wire.Readiness]int `json:"counts" doc:"How many devices, by the word; an officer on duty without a device counts as one."`
	Devices []wire.DeviceReadiness `json:"devices"` // the worst first, then by user
	More    bool                   `json:"more,omitzero" doc:"There are more, none of them worse."`
}

// boardShown is about a screen of those for whom something is to be done.
const boardShown = 100

// readiness is looked at before a shift and after an outage: the counts tell whether to read on.
func (a *API) readiness(ctx context.Context, in *readinessInput) (*answer[Board], error) {
	ex := exchangeOf(ctx)
	var carried []Carried
	var without []wire.DeviceReadiness
	err := a.view(ctx, func(s *models.State) error {
		if !in.Zone.IsZero() && !s.Runs(ex.caller.User, in.Zone) {
			return models.ErrNotFound
		}
		for _, d := range onDuty(s) {
			if !s.Runs(ex.caller.User, d.Zone) || !in.Zone.IsZero() && d.Zone != in.Zone {
				continue
			}
			devices := s.DevicesOf(d.User)
			if len(devices) == 0 {
				without = append(without, wire.DeviceReadiness{User: d.User, Ready: wire.NoDevice})
			}
			for _, one := range devices {
				carried = append(carried, carriedOf(one))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, err := a.deps.Push.Readiness(ctx, ex.caller.Agency, carried)
	if err != nil {
		return nil, err
	}
	return answered(boardOf(append(without, all...), cmp.Or(in.Limit, boardShown))), nil
}

// boardOf sorts and counts.
func boardOf(all []wire.DeviceReadiness, limit int) Board {
	words := wire.AllReadiness()
	slices.SortStableFunc(all, func(x, y wire.DeviceReadiness) int {
		return cmp.Or(cmp.Compare(slices.Index(words, x.Ready), slices.Index(words, y.Ready)),
			slices.Compare(x.User[:], y.User[:]), slices.Compare(x.Device[:], y.Device[:]))
	})
	b := Board{Counts: map[wire.Readiness]int{}, Devices: all[:min(limit, len(all)):len(all)], More: len(all) > limit}
	for _, d := range all {
		b.Counts[d.Ready]++
	}
	if b.Devices == nil {
		b.Devices = []wire.DeviceReadiness{}
	}
	return b
}
