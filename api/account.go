package api

import (
	"context"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/wire"
)

// Sessions tells which sessions a user has and had.
type Sessions interface {
	Sessions(ctx context.Context, agency models.AgencyID, user models.UserID) ([]auth.SessionInfo, error)
}

// UserAccount is a user as an administrator sees them.
type UserAccount struct {
	wire.User
	Username   string           `json:"username"`
	Zones      []models.ZoneID  `json:"zones"` // operational zones of a dispatcher or reviewer
	Expires    int64            `json:"expires_at,omitzero" doc:"When the account is deactivated, milliseconds since 1970."`
	LastSignIn int64            `json:"last_sign_in,omitzero" doc:"Milliseconds since 1970; absent: not in the last ninety days."`
	Sessions   []AccountSession `json:"sessions" doc:"Live ones, the latest first."`
	Devices    []Item[Device]   `json:"devices"` // bound to them now
}

// AccountSession is one of a user's sessions. Times are milliseconds since 1970.
type AccountSession struct {
	ID       models.SessionID `json:"id"`
	Device   models.DeviceID  `json:"device_id"`        // the device that it is bound to; a browser may have none
	Browser  bool             `json:"browser,omitzero"` // by cookie, not by tokens
	Began    int64            `json:"began"`            // when they signed in, milliseconds since 1970
	LastUsed int64            `json:"last_used"`        // milliseconds since 1970
	Until    int64            `json:"until"`            // when it ends at the latest, milliseconds since 1970
}

type accountInput struct {
	ID models.UserID `path:"id"`
}

func (a *API) account(ctx context.Context, in *accountInput) (*answer[Item[UserAccount]], error) {
	var item Item[UserAccount]
	err := a.view(ctx, func(s *models.State) error {
		u := s.User(in.ID)
		if u == nil {
			return models.ErrNotFound
		}
		item = Item[UserAccount]{ID: u.ID.String(), Rev: u.Rev, Data: userAccountOf(s, u)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	sessions, err := a.deps.Auth.Sessions(ctx, exchangeOf(ctx).caller.Agency, in.ID)
	if err != nil {
		return nil, err
	}
	item.Data.note(sessions)
	for i := range item.Data.Devices {
		a.notePresence(ctx, &item.Data.Devices[i])
	}
	return answered(item), nil
}

func userAccountOf(s *models.State, u *models.User) UserAccount {
	shown := UserAccount{User: wire.User{Name: u.Name, Types: u.Types, Active: u.Active}, Username: u.Username, Expires: u.Expires,
		Zones: append([]models.ZoneID{}, u.Zones...), Sessions: []AccountSession{}, Devices: []Item[Device]{}}
	for _, d := range s.DevicesOf(u.ID) {
		shown.Devices = append(shown.Devices, Item[Device]{ID: d.ID.String(), Rev: d.Rev, Data: deviceOf(d)})
	}
	return shown
}

// note takes in the sessions, the latest first.
func (shown *UserAccount) note(sessions []auth.SessionInfo) {
	heard := map[string]int64{}
	for _, s := range sessions {
		shown.LastSignIn = max(shown.LastSignIn, s.AuthTime.UnixMilli())
		heard[s.Device.String()] = max(heard[s.Device.String()], s.LastUsed.UnixMilli())
		if s.Ended == "" {
			shown.Sessions = append(shown.Sessions, AccountSession{s.Session, s.Device, s.Browser, s.AuthTime.UnixMilli(), s.LastUsed.UnixMilli(), s.Until.UnixMilli()})
		}
	}
	for i := range shown.Devices {
		shown.Devices[i].Data.Heard = heard[shown.Devices[i].ID]
	}
}
