// Package office is where an agency is managed: it opens a store with its agencies, people, sessions and audit log, and has
// the commands that an administrator gives at the machine: agencies, users, audit lines, and the proof of the record. Each of
// them is on record itself. A server is an office that serves, too.
package office

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"officermobile/audit"
	"officermobile/auth"
	"officermobile/cli"
	"officermobile/clock"
	"officermobile/config"
	"officermobile/models"
	"officermobile/store"
	"officermobile/sync"
)

// Office is an open store with what manages it: agencies, sessions and the audit log.
type Office struct {
	Storage  *Storage
	Agencies *sync.Agencies
	Auth     *auth.Service
	Audit    *audit.Recorder
	Clock    clock.Clock

	about models.AgencyID // whose matters were looked at last
}

// Options are what a server adds; the zero value is for commands.
type Options struct {
	Logger *slog.Logger
	Around func(store.Store) store.Store // puts something around the store, which all parts then use; nil for nothing
	Auth   auth.Options                  // but for Log; its Audit is told what becomes of sessions after the audit log is
}

// Open opens the store that the settings name and builds on it. It fails where another process has the store. On an error
// nothing stays open.
func Open(ctx context.Context, cfg config.Config, opts Options) (*Office, error) {
	if opts.Logger == nil {
		opts.Logger = cfg.Log.Logger(os.Stderr)
	}
	st, err := openStorage(ctx, cfg.Store, opts.Logger)
	if err != nil {
		return nil, err
	}
	if opts.Around != nil {
		st.Store = opts.Around(st.Store)
	}
	o := &Office{Storage: st, Clock: cfg.Clock.Start()}
	if o.Agencies, err = sync.Open(ctx, st, sync.Options{Logger: opts.Logger, Clock: o.Clock}); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	o.Audit = openAudit(st, o.Agencies, o.Clock, opts.Logger)
	opts.Auth.Cost.PBKDF2 = cfg.Session.PBKDF2
	if o.Auth, err = auth.New(ctx, st, People{o.Agencies}, o.Clock, o.authOptions(opts)); err != nil {
		return nil, errors.Join(err, o.Close(ctx))
	}
	return o, nil
}

func (o *Office) authOptions(opts Options) auth.Options {
	a, record := opts.Auth, o.sessions
	a.Log, a.Audit = opts.Logger, record
	if also := opts.Auth.Audit; also != nil {
		a.Audit = func(ctx context.Context, e auth.Event) {
			record(ctx, e)
			also(ctx, e)
		}
	}
	return a
}

// Close lets go of everything; lines of the audit log that wait are written first.
func (o *Office) Close(ctx context.Context) error {
	return errors.Join(o.Audit.Close(ctx), o.Agencies.Close(ctx), o.Storage.Close())
}

// with opens the office that the settings name, lets fn work in it, and closes it. That the command was given, and what
// came of it, goes into the audit log.
func with(ctx context.Context, s config.Flags, fn func(*Office) error) error {
	cfg, err := s.Load(os.Stderr)
	if err != nil {
		return err
	}
	o, err := Open(ctx, cfg, Options{})
	if err != nil {
		return err
	}
	began := o.Clock.Now()
	err = fn(o)
	return errors.Join(err, o.record(ctx, began, err), o.Close(ctx))
}

// only returns the agency of that id, or the store's only one.
func (o *Office) only(ctx context.Context, id string) (*sync.Agency, error) {
	if id != "" {
		parsed, err := models.ParseID[struct{}](id)
		if err != nil {
			return nil, cli.Usagef("--agency: %v", err)
		}
		return o.open(ctx, models.AgencyID(parsed))
	}
	all, err := o.Agencies.List(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, cli.Usagef("there are %d agencies here; name one with --agency", len(all))
	}
	return o.open(ctx, all[0])
}

// Give submits the system's commands, each of which must be accepted. What they put an end to is for the server to end,
// which follows the log.
func (o *Office) Give(ctx context.Context, g *sync.Agency, bodies ...models.CommandBody) error {
	for _, b := range bodies {
		answer := g.Submit(ctx, []models.Command{{ID: NewID[models.CommandID](), Body: b}})[0]
		if answer.Err != nil {
			return answer.Err
		}
	}
	return nil
}

// AddUser creates an active user with a new password, which it returns.
func (o *Office) AddUser(ctx context.Context, g *sync.Agency, u models.UserCreate) (string, error) {
	u.ID, u.Active = NewID[models.UserID](), true
	if err := o.Give(ctx, g, &u); err != nil {
		return "", err
	}
	password := newPassword()
	return password, o.Auth.SetPassword(ctx, g.ID(), u.ID, password, models.SessionID{})
}

// Founded is an agency with its first administrator.
type Founded struct {
	Agency             models.AgencyID
	Username, Password string
}

// Found makes an agency and its administrator, for a run of its own.
func (o *Office) Found(ctx context.Context, name string) (Founded, error) {
	g, err := o.Agencies.Create(ctx, models.AgencyCreate{ID: NewID[models.AgencyID](), Name: name, TimeZone: "America/Los_Angeles"})
	if err != nil {
		return Founded{}, err
	}
	password, err := o.AddUser(ctx, g, models.UserCreate{Username: "admin", Name: "Administrator", Types: models.Administrator})
	return Founded{g.ID(), "admin", password}, err
}
