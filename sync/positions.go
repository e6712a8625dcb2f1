package sync

import (
	"context"
	"slices"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// positionKept is how old a position may be and still be shown, with its age: a shift. Positions are in the memory of the
// node that heard them, in no document and in no log: after a restart the map fills as devices report.
const positionKept = 12 * time.Hour

// surround tells a command where people were last heard of, for those few that want to know.
func (s *Service) surround(agency models.AgencyID, c *models.Command) {
	if _, ok := c.Body.(*models.DuressRaise); ok {
		c.Around = s.presence.sightings(agency)
	}
}

// sightings are the last known places of an agency's people, by user.
func (p *presence) sightings(a models.AgencyID) []models.Sighting {
	var all []models.Sighting
	for _, u := range p.placed(a) {
		all = append(all, models.Sighting{User: u.User, Lat: u.Position.Lat, Lon: u.Position.Lon, AccuracyM: u.Position.AccuracyM, AgeS: u.AgeS})
	}
	return all
}

// placed is the presence of those whose position is known, by user.
func (p *presence) placed(a models.AgencyID) []wire.UserPresence {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, at := p.roster(a), p.clock.Now()
	var all []wire.UserPresence
	for u, devices := range r.byUser {
		if len(devices) == 0 {
			continue
		}
		if w := r.presenceOf(u, at); w.Position != nil && time.Duration(w.AgeS)*time.Second <= positionKept {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b wire.UserPresence) int { return slices.Compare(a.User[:], b.User[:]) })
	return all
}

// Positions are the last known places of officers on duty, by user, as far as the caller may see them: those of the
// operational zones that they see. Errors as of View.
func (s *Service) Positions(ctx context.Context, who wire.Caller) (seen []wire.UserPresence, err error) {
	all := s.presence.placed(who.Agency)
	err = s.View(ctx, who.Agency, func(st *models.State) error {
		for _, u := range visiblePresence(st, who.User, all) {
			if u.Position != nil {
				seen = append(seen, u)
			}
		}
		return nil
	})
	return seen, err
}
