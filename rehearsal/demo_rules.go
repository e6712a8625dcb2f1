package rehearsal

import (
	"context"

	"officermobile/models"
	"officermobile/office"
)

// seedRules gives the demonstration its regulated times and what its people choose from.
func (d *demo) seedRules(ctx context.Context) error {
	for _, r := range []models.RTARule{
		{Name: "Assigned within five minutes", From: models.TaskUnassignedStatus, To: models.TaskAssignedStatus, Seconds: 300},
		{Name: "On scene within fifteen minutes", From: models.TaskUnassignedStatus, To: models.TaskOnScene, Seconds: 900},
		{Name: "High priority: on scene within eight", From: models.TaskUnassignedStatus, To: models.TaskOnScene, Seconds: 480, Match: models.RTAMatch{Priority: models.High}},
	} {
		r.ID = office.NewID[models.RTAID]()
		if err := d.Give(ctx, d.agency, &models.PutRTA{RTARule: r}); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		kind  models.ChoiceKind
		names []string
	}{
		{models.BusyStateChoice, []string{"break", "court", "report", "training"}},
		{models.DispositionChoice, []string{"report taken", "no action", "unfounded", "arrest", "handed over"}},
		{models.CallSourceChoice, []string{"phone", "radio", "alarm company", "in person", "patrol"}},
	} {
		if _, err := d.seedChoices(ctx, c.kind, models.ChoiceID{}, c.names...); err != nil {
			return err
		}
	}
	for _, c := range [][]string{{"alarm", "audible", "silent", "fire"}, {"disturbance", "noise", "fight"}, {"theft", "bicycle", "vehicle"}} {
		tops, err := d.seedChoices(ctx, models.CategoryChoice, models.ChoiceID{}, c[0])
		if err != nil {
			return err
		}
		if _, err := d.seedChoices(ctx, models.CategoryChoice, tops[0], c[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// seedChoices makes choices below a parent, in their order, and answers their ids.
func (d *demo) seedChoices(ctx context.Context, kind models.ChoiceKind, parent models.ChoiceID, names ...string) ([]models.ChoiceID, error) {
	var ids []models.ChoiceID
	for i, name := range names {
		id := office.NewID[models.ChoiceID]()
		ids = append(ids, id)
		if err := d.Give(ctx, d.agency, &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: id, Kind: kind, Parent: parent, Name: name, Order: i}}); err != nil {
			return nil, err
		}
	}
	return ids, nil
}
