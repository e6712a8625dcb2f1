package push

import (
	"context"
	"slices"

	"officermobile/models"
)

// Climb tells of the event of a step; models.ErrNotFound for any other event. An urgent message rings again at each, in
// the slot that it has.
func (p *Service) Climb(ctx context.Context, agency models.AgencyID, e models.Event) (Climb, error) {
	b, ok := e.Body.(*models.UrgentEscalated)
	if !ok {
		return Climb{}, models.ErrNotFound
	}
	kept, _, err := p.kept(ctx, agency, e.Seq)
	if err != nil {
		return Climb{}, err
	}
	var o owed
	devices := map[models.UserID][]owed{}
	err = p.sight.View(ctx, agency, func(s *models.State) {
		o, _ = subject(s, e)
		for _, u := range b.Users {
			devices[u] = o.to(s, []models.UserID{u})
		}
	})
	if err != nil {
		return Climb{}, err
	}
	c := Climb{Step: b.Step, At: timeOf(e.At)}
	for _, u := range toldAt(b, o, kept) {
		r := Addressee{User: u, ByRole: !slices.Contains(b.Users, u)}
		if r.Verdicts, err = p.verdictsOf(ctx, u, devices[u], kept, o); err != nil {
			return Climb{}, err
		}
		c.Recipients = append(c.Recipients, r)
	}
	return c, nil
}

// toldAt are the users whom a step was for: in person, as the event says, and by role those about whom something was
// decided, for who had the role then is kept nowhere else.
func toldAt(b *models.UrgentEscalated, o owed, kept []VerdictRecord) []models.UserID {
	users := slices.Clone(b.Users)
	for _, v := range kept {
		if v.Thing == o.key.thing.String() {
			users = append(users, v.User)
		}
	}
	slices.SortFunc(users, compareUsers)
	return slices.Compact(users)
}
