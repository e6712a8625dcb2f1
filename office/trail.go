package office

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"officermobile/api"
	"officermobile/audit"
	"officermobile/auth"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/store"
	"officermobile/sync"
)

// openAudit makes the recorder of a store's audit logs.
func openAudit(log store.Log, agencies *sync.Agencies, c clock.Clock, logger *slog.Logger) *audit.Recorder {
	ori := func(id models.AgencyID) (ori string) {
		if g, err := agencies.Agency(context.Background(), id); err == nil {
			g.View(func(s *models.State) { ori = s.Agency.Settings.ORI })
		}
		return ori
	}
	return audit.New(log, audit.Options{Clock: c, Logger: logger, ORI: ori})
}

// sessions is auth's hook: what becomes of sessions goes into the agency's audit log, or into the system's where the agency
// that somebody named does not exist.
func (o *Office) sessions(ctx context.Context, e auth.Event) {
	agency := e.Agency
	if !agency.IsZero() {
		if _, err := o.Agencies.Agency(ctx, agency); err != nil {
			agency = models.AgencyID{}
		}
	}
	o.Audit.Note(agency, api.SessionEntry(ctx, e))
}

type commandKey struct{}

// WithCommand notes which command is carried out, such as "user add <username>".
func WithCommand(ctx context.Context, command string) context.Context {
	return context.WithValue(ctx, commandKey{}, command)
}

// deed is a command as the audit log knows it: by its name, and the operating system's number of who gave it.
func deed(ctx context.Context, took time.Duration, err error) trail.Entry {
	command, _ := ctx.Value(commandKey{}).(string)
	words, _, _ := strings.Cut(command, " <")
	e := trail.Entry{What: "command." + strings.ReplaceAll(words, " ", "-"), Outcome: trail.OK, Remote: "local",
		Agent: fmt.Sprintf("officermobile (uid %d)", os.Getuid()), Micros: took.Microseconds()}
	if err != nil {
		e.Outcome = "failed"
	}
	if known := models.AsError(err); known != nil {
		e.Outcome = string(known.Code)
	}
	return e
}

// record writes the command of ctx into the log of the agency that it was about, and into the system's if it was about
// none, or made one.
func (o *Office) record(ctx context.Context, began time.Time, err error) error {
	e := deed(ctx, o.Clock.Now().Sub(began), err)
	if !o.about.IsZero() {
		e.Objects = []trail.Object{{Kind: "agency", ID: o.about.String()}}
		if err := o.Audit.Record(ctx, o.about, e); err != nil {
			return err
		}
	}
	if o.about.IsZero() || e.What == "command.agency-create" {
		return o.Audit.Record(ctx, models.AgencyID{}, e)
	}
	return nil
}

// open is an agency that a command is about.
func (o *Office) open(ctx context.Context, id models.AgencyID) (*sync.Agency, error) {
	g, err := o.Agencies.Agency(ctx, id)
	if err == nil {
		o.about = id
	}
	return g, err
}
