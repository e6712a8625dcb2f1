package office

import (
	"context"
	"fmt"
	"io"
	"os"

	"officermobile/cli"
	"officermobile/models"
	"officermobile/models/roster"
	"officermobile/sync"
)

// userImportCmd does what POST /v1/users/import does, and says as much.
type userImportCmd struct {
	ofAgency
	File   string `arg:"" type:"path" help:"CSV with a line of column names: username, name, types; zones and active may be left out."`
	DryRun bool   `help:"Only say what it would take."`
}

// Run prints what each row comes to. That a row is wrong is an error, for a dry run too.
func (c *userImportCmd) Run(ctx context.Context, out io.Writer) error {
	text, err := readRoster(c.File)
	if err != nil {
		return err
	}
	return c.with(ctx, func(o *Office, g *sync.Agency) error {
		var (
			plan roster.Plan
			err  error
		)
		g.View(func(s *models.State) {
			plan, err = roster.Read(s, text, models.Command{At: models.Micros(o.Clock.Now().UnixMicro())})
		})
		if err != nil {
			return err
		}
		if err := importTable(out, plan.Rows); err != nil {
			return err
		}
		if n := plan.Faults(); n > 0 {
			return fmt.Errorf("%d of %d rows are wrong, so nothing was done", n, len(plan.Rows))
		}
		if c.DryRun {
			return nil
		}
		return o.carryOut(ctx, g, plan.Commands)
	})
}

// readRoster reads a file, and no more of it than shows that it is too long.
func readRoster(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, roster.MaxBytes+1))
}

// carryOut gives the commands of a plan. Whoever is created has no password yet.
func (o *Office) carryOut(ctx context.Context, g *sync.Agency, commands []models.CommandBody) error {
	for _, b := range commands {
		if made, ok := b.(*models.UserCreate); ok {
			made.ID = NewID[models.UserID]()
		}
		if err := o.Give(ctx, g, b); err != nil {
			return err
		}
	}
	return nil
}

func importTable(out io.Writer, rows []roster.Row) error {
	t := cli.NewTable("line", "action", "field", "message")
	for _, r := range rows {
		t.Row(fmt.Sprint(r.Line), r.Action, r.Field, r.Message)
	}
	_, err := t.WriteTo(out)
	return err
}
