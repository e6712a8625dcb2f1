package office

import (
	"context"
	"fmt"
	"io"

	"officermobile/models"
	"officermobile/sync"
)

// agencyRaiseCmd lets an agency write what this version knows and older ones don't.
type agencyRaiseCmd struct{ ofAgency }

// Run prints the level that the agency has then.
func (c *agencyRaiseCmd) Run(ctx context.Context, out io.Writer) error {
	return c.with(ctx, func(o *Office, g *sync.Agency) error {
		err := o.Give(ctx, g, &models.RaiseLevel{})
		if err != nil {
			return err
		}
		g.View(func(s *models.State) {
			_, err = fmt.Fprintf(out, "Agency %s is at feature level %d.\n", g.ID(), s.Agency.Level)
		})
		return err
	})
}
