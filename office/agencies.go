package office

import (
	"context"
	"fmt"
	"io"

	"officermobile/cli"
	"officermobile/config"
	"officermobile/models"
)

// AgencyCmd manages the agencies of a store.
type AgencyCmd struct {
	Create agencyCreateCmd `cmd:"" help:"Create an agency with its first administrator, whose password is printed once."`
	List   agencyListCmd   `cmd:"" help:"List the agencies."`
	Raise  agencyRaiseCmd  `cmd:"" help:"Raise an agency's feature level to this version's, once every node runs it. There is no way back."`
}

type agencyCreateCmd struct {
	config.Flags
	Name          string `arg:"" help:"Name of the agency."`
	TimeZone      string `default:"America/Los_Angeles" help:"IANA time zone of its business dates."`
	Administrator string `default:"admin" help:"Username of the first administrator."`
}

// Run prints who may sign in, and how.
func (c *agencyCreateCmd) Run(ctx context.Context, out io.Writer) error {
	return with(ctx, c.Flags, func(o *Office) error {
		g, err := o.Agencies.Create(ctx, models.AgencyCreate{ID: NewID[models.AgencyID](), Name: c.Name, TimeZone: c.TimeZone})
		if err != nil {
			return err
		}
		o.about = g.ID()
		password, err := o.AddUser(ctx, g, models.UserCreate{Username: c.Administrator, Name: c.Administrator, Types: models.Administrator})
		if err != nil {
			return err
		}
		t := cli.NewTable("agency", "username", "password (shown once)")
		t.Row(g.ID().String(), c.Administrator, password)
		_, err = t.WriteTo(out)
		return err
	})
}

type agencyListCmd struct{ config.Flags }

// Run prints a line for each agency.
func (c *agencyListCmd) Run(ctx context.Context, out io.Writer) error {
	return with(ctx, c.Flags, func(o *Office) error {
		all, err := o.Agencies.List(ctx)
		if err != nil {
			return err
		}
		t := cli.NewTable("agency", "name", "users", "dispatches", "position")
		for _, id := range all {
			g, err := o.Agencies.Agency(ctx, id)
			if err != nil {
				return fmt.Errorf("agency %s: %w", id, err)
			}
			g.View(func(s *models.State) {
				t.Row(id.String(), s.Agency.Name, fmt.Sprint(len(s.Users())), fmt.Sprint(len(s.Dispatches())), fmt.Sprint(s.Seq))
			})
		}
		_, err = t.WriteTo(out)
		return err
	})
}
