package auth

import (
	"context"
	"slices"
	"time"

	"officermobile/models"
)

// SessionInfo is a session as an administrator sees it.
type SessionInfo struct {
	Session  models.SessionID
	Device   models.DeviceID
	Browser  bool
	AuthTime time.Time // when the password was given
	LastUsed time.Time // renewed, or the cookie used, to within a quarter of the idle limit
	Until    time.Time
	Ended    string // why; "" for a live one
}

// Sessions are a user's, the latest first: the live ones, and for ninety days those that ended.
func (s *Service) Sessions(ctx context.Context, agency models.AgencyID, user models.UserID) ([]SessionInfo, error) {
	families, err := s.familiesOf(ctx, agency, user)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	all := make([]SessionInfo, len(families))
	for i, f := range families {
		ended := f.Revoked
		if ended == "" && f.over(now, s.opts.Idle) {
			ended = "expired"
		}
		all[i] = SessionInfo{f.Session, f.Device, f.Cookie, f.AuthTime, f.LastUsed, f.Until, ended}
	}
	slices.SortStableFunc(all, func(a, b SessionInfo) int { return b.AuthTime.Compare(a.AuthTime) })
	return all, nil
}
