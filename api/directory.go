package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/wire"
)

// Me is the caller: who they are, what they may, whether they are on duty.
type Me struct {
	wire.Me
	User   models.UserID   `json:"user_id"`
	Agency models.AgencyID `json:"agency_id"`
	Device models.DeviceID `json:"device_id,omitzero" doc:"Absent: the session's device is not registered."`
	Duty   *wire.Duty      `json:"duty,omitzero"` // absent: off duty
}

func (a *API) me(ctx context.Context, _ *empty) (*answer[Me], error) {
	ex := exchangeOf(ctx)
	me := Me{User: ex.caller.User, Agency: ex.caller.Agency, Device: ex.device()}
	err := a.view(ctx, func(s *models.State) error {
		self := models.Row{Kind: models.RowMe, ID: ex.caller.User.UUID()}
		me.Me, _ = wire.RowData(s, models.SelfScope(ex.caller.User), self).(wire.Me)
		if s.Duty(ex.caller.User) != nil {
			duty := directoryItem[wire.Duty](s, models.RowDuty, self, 0).Data
			me.Duty = &duty
		}
		return nil
	})
	return answered(me), err
}

func (a *API) agency(ctx context.Context, _ *empty) (*tagged[wire.Agency], error) {
	var item Item[wire.Agency]
	err := a.view(ctx, func(s *models.State) error {
		item = directoryItem[wire.Agency](s, models.RowAgency, models.Row{ID: s.Agency.ID.UUID()}, s.Agency.Rev)
		return nil
	})
	return taggedItem(item), err
}

func (a *API) zones(ctx context.Context, in *Paging) (*answer[List[wire.Zone]], error) {
	return listed(a, ctx, *in, (*models.State).Zones, func(s *models.State, z *models.Zone) Item[wire.Zone] {
		return directoryItem[wire.Zone](s, models.RowZone, models.Row{ID: z.ID.UUID()}, z.Rev)
	})
}

func (a *API) workZones(ctx context.Context, in *Paging) (*answer[List[wire.WorkZone]], error) {
	return listed(a, ctx, *in, (*models.State).WorkZones, func(s *models.State, w *models.WorkZone) Item[wire.WorkZone] {
		return directoryItem[wire.WorkZone](s, models.RowWorkZone, models.Row{ID: w.ID.UUID()}, w.Rev)
	})
}

func (a *API) teams(ctx context.Context, in *Paging) (*answer[List[wire.Team]], error) {
	return listed(a, ctx, *in, (*models.State).Teams, func(s *models.State, t *models.Team) Item[wire.Team] {
		return directoryItem[wire.Team](s, models.RowTeam, models.Row{ID: t.ID.UUID()}, t.Rev)
	})
}

func (a *API) duties(ctx context.Context, in *Paging) (*answer[List[wire.Duty]], error) {
	return listed(a, ctx, *in, onDuty, func(s *models.State, d *models.Duty) Item[wire.Duty] {
		return directoryItem[wire.Duty](s, models.RowDuty, models.Row{ID: d.User.UUID()}, d.Rev)
	})
}

func onDuty(s *models.State) []*models.Duty {
	var all []*models.Duty
	for _, u := range s.Users() {
		if d := s.Duty(u.ID); d != nil {
			all = append(all, d)
		}
	}
	return all
}
