package office

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"officermobile/cli"
	"officermobile/models"
	"officermobile/models/trail"
)

// AuditCmd prints what was administered.
type AuditCmd struct {
	ofAgency
	From    time.Time `help:"From then on (RFC 3339)."`
	To      time.Time `help:"Before then (RFC 3339)."`
	What    string    `help:"An operation, or what became of a session, such as signed_in."`
	Outcome string    `help:"ok, a code, or refused for every failure."`
	Limit   int       `default:"100" help:"Lines at most, up to 1000."`
	System  bool      `help:"The system's log instead of an agency's."`
	Format  string    `enum:"table,csv,ndjson" default:"table" help:"table, csv or ndjson."`
}

// Run prints lines, the newest first.
func (c *AuditCmd) Run(ctx context.Context, out io.Writer) error {
	return with(ctx, c.Flags, func(o *Office) error {
		page, err := c.find(ctx, o)
		if err != nil {
			return err
		}
		switch c.Format {
		case "csv":
			return trail.WriteCSV(out, page.Entries)
		case "ndjson":
			return trail.WriteNDJSON(out, page.Entries)
		}
		return auditTable(out, page.Entries)
	})
}

func (c *AuditCmd) find(ctx context.Context, o *Office) (trail.Page, error) {
	var agency models.AgencyID
	if !c.System {
		g, err := o.only(ctx, c.Agency)
		if err != nil {
			return trail.Page{}, err
		}
		agency = g.ID()
	}
	q := trail.Query{What: c.What, Outcome: c.Outcome, Limit: c.Limit}
	if !c.From.IsZero() {
		q.From = c.From.UnixMicro()
	}
	if !c.To.IsZero() {
		q.To = c.To.UnixMicro()
	}
	return o.Audit.Search(ctx, agency, q)
}

func auditTable(out io.Writer, entries []trail.Entry) error {
	t := cli.NewTable("n", "at", "what", "outcome", "user", "objects", "remote")
	for _, e := range entries {
		var objects []string
		for _, o := range e.Objects {
			objects = append(objects, o.Kind+":"+o.ID)
		}
		t.Row(fmt.Sprint(e.N), e.At.Format(time.RFC3339), e.What, e.Outcome, e.User.String(), strings.Join(objects, " "), e.Remote)
	}
	_, err := t.WriteTo(out)
	return err
}
