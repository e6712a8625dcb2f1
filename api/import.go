package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/roster"
)

// Import is what a file of users came to.
type Import struct {
	Applied bool         `json:"applied" doc:"False: a dry run, or a row is wrong and nothing was done."`
	Rows    []roster.Row `json:"rows"` // one for each line of the file, in its order
}

type importInput struct {
	Keyed
	DryRun  bool   `query:"dry_run" doc:"Only say what it would take."`
	RawBody []byte `contentType:"text/csv" doc:"A line of column names (username, name, types; zones and active may be left out), then a line for each user. Types and zones, by name, are separated by semicolons."`
}

// importUsers carries the file's commands out one after the other. Whoever is created has no password, so they can't
// sign in before an administrator gives them one.
func (a *API) importUsers(ctx context.Context, in *importInput) (*answer[Import], error) {
	ex := exchangeOf(ctx)
	by := models.Command{Actor: ex.caller.User, At: models.Micros(a.opts.Clock.Now().UnixMicro())}
	var plan roster.Plan
	err := a.view(ctx, func(s *models.State) (err error) {
		plan, err = roster.Read(s, in.RawBody, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := Import{Rows: append([]roster.Row{}, plan.Rows...)}
	if in.DryRun || plan.Faults() > 0 {
		return answered(out), nil
	}
	for _, b := range plan.Commands {
		if _, err := a.write(ctx, "", basis{}, b); err != nil {
			return nil, err
		}
	}
	ex.made, out.Applied = "", true // many were made, not the last alone
	return answered(out), nil
}
