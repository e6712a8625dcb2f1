package api

import (
	"context"
	"slices"
	"strings"

	"officermobile/models"
	"officermobile/models/wire"

	"golang.org/x/text/cases"
)

// usersInput asks for some of the people. No filter says more of anybody than their row does: usernames and accessible
// zones are found by administrators alone.
type usersInput struct {
	Paging
	Text   string        `query:"q" maxLength:"100" doc:"What the name, or a word of it, begins with; for administrators also the username. Case makes no difference."`
	Type   string        `query:"type" enum:"administrator,dispatcher,officer,reviewer,integration" doc:"Who is one, whatever else they are."`
	Zone   models.ZoneID `query:"zone" doc:"Operational zone: who is on duty there; for administrators also to whom it is accessible."`
	Active string        `query:"active" enum:"true,false" doc:"Who may sign in, or may not."`
	OnDuty string        `query:"on_duty" enum:"true,false" doc:"Who is on duty, or is not."`
}

func (a *API) users(ctx context.Context, in *usersInput) (*answer[List[wire.User]], error) {
	f, err := in.filter(exchangeOf(ctx).types.Any(models.Administrator))
	if err != nil {
		return nil, err
	}
	return listed(a, ctx, in.Paging, f.wanted, func(s *models.State, u *models.User) Item[wire.User] {
		return directoryItem[wire.User](s, models.RowUser, models.Row{ID: u.ID.UUID()}, u.Rev)
	})
}

// userFilter is a usersInput as it is for one caller.
type userFilter struct {
	*usersInput
	fold  cases.Caser
	text  string // folded
	types models.UserTypes
	admin bool
}

func (in *usersInput) filter(admin bool) (userFilter, error) {
	f := userFilter{usersInput: in, fold: cases.Fold(), admin: admin}
	f.text = f.fold.String(strings.TrimSpace(in.Text))
	if in.Type == "" {
		return f, nil
	}
	types, err := models.ParseUserTypes([]string{in.Type})
	f.types = types
	return f, err
}

func (f userFilter) wanted(s *models.State) []*models.User {
	var wanted []*models.User
	for _, u := range s.Users() {
		if f.wants(u, s.Duty(u.ID)) {
			wanted = append(wanted, u)
		}
	}
	return wanted
}

func (f userFilter) wants(u *models.User, duty *models.Duty) bool {
	return flagWanted(f.Active, u.Active) && flagWanted(f.OnDuty, duty != nil) && (f.types == 0 || u.Types.Any(f.types)) &&
		f.inZone(u, duty) && f.named(u)
}

func (f userFilter) inZone(u *models.User, duty *models.Duty) bool {
	if f.Zone.IsZero() || duty != nil && duty.Zone == f.Zone {
		return true
	}
	return f.admin && slices.Contains(u.Zones, f.Zone)
}

func (f userFilter) named(u *models.User) bool {
	if f.text == "" || f.admin && strings.HasPrefix(f.fold.String(u.Username), f.text) {
		return true
	}
	// Behind a blank a word begins, and only there.
	return strings.Contains(" "+f.fold.String(u.Name), " "+f.text)
}
