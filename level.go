package main

import (
	"context"
	"fmt"
	"io"

	"officermobile/models"
)

// agencyRaiseCmd lets an agency write what this version knows and older ones don't.
type agencyRaiseCmd struct{ ofAgency }

func (c *agencyRaiseCmd) Run(ctx context.Context, out io.Writer) error {
	return withOffice(ctx, c.settings, func(o *office) error {
		g, err := o.only(ctx, c.Agency)
		if err != nil {
			return err
		}
		if err := o.give(ctx, g, &models.RaiseLevel{}); err != nil {
			return err
		}
		g.View(func(s *models.State) {
			_, err = fmt.Fprintf(out, "Agency %s is at feature level %d.\n", g.ID(), s.Agency.Level)
		})
		return err
	})
}
