package main

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
	"officermobile/push"
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

// sessionsTo is auth's hook: what becomes of sessions goes into the agency's audit log, or into the system's where the
// agency that somebody named does not exist.
func sessionsTo(r *audit.Recorder, agencies *sync.Agencies) func(context.Context, auth.Event) {
	return func(ctx context.Context, e auth.Event) {
		agency := e.Agency
		if !agency.IsZero() {
			if _, err := agencies.Agency(ctx, agency); err != nil {
				agency = models.AgencyID{}
			}
		}
		r.Note(agency, api.SessionEntry(ctx, e))
	}
}

// overridesTo is push's hook: that an urgent message woke somebody off duty goes into the agency's audit log.
func overridesTo(r *audit.Recorder) func(context.Context, models.AgencyID, push.Override) error {
	return func(ctx context.Context, agency models.AgencyID, o push.Override) error {
		return r.Record(ctx, agency, trail.Entry{
			What: "push_override", Outcome: trail.OK, Why: string(o.Why), Seq: uint64(o.Seq), Objects: []trail.Object{
				{Kind: "user", ID: o.User.String()}, {Kind: "device", ID: o.Device.String()}, {Kind: "message", ID: o.Message.String()},
			},
		})
	}
}

type commandKey struct{}

// withCommand notes which command is carried out, such as "user add <username>".
func withCommand(ctx context.Context, command string) context.Context {
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
func (o *office) record(ctx context.Context, began time.Time, err error) error {
	e := deed(ctx, o.clock.Now().Sub(began), err)
	if !o.about.IsZero() {
		e.Objects = []trail.Object{{Kind: "agency", ID: o.about.String()}}
		if err := o.audit.Record(ctx, o.about, e); err != nil {
			return err
		}
	}
	if o.about.IsZero() || e.What == "command.agency-create" {
		return o.audit.Record(ctx, models.AgencyID{}, e)
	}
	return nil
}

// open is an agency that a command is about.
func (o *office) open(ctx context.Context, id models.AgencyID) (*sync.Agency, error) {
	g, err := o.agencies.Agency(ctx, id)
	if err == nil {
		o.about = id
	}
	return g, err
}
