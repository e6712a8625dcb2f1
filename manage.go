package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"officermobile/audit"
	"officermobile/auth"
	"officermobile/cli"
	"officermobile/clock"
	"officermobile/config"
	"officermobile/models"
	"officermobile/sync"
)

// office is a store opened to manage agencies and users, without serving anybody.
type office struct {
	storage  *storage
	agencies *sync.Agencies
	auth     *auth.Service
	audit    *audit.Recorder
	clock    clock.Clock
	about    models.AgencyID // whose matters were looked at last
}

func openOffice(ctx context.Context, cfg config.Config) (*office, error) {
	logger := newLogger(cfg.Log, os.Stderr)
	st, err := openStorage(ctx, cfg.Store, logger)
	if err != nil {
		return nil, err
	}
	agencies, err := sync.Open(ctx, st, sync.Options{Logger: logger, Clock: clockOf(cfg.Clock)})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	o := &office{storage: st, agencies: agencies, clock: clockOf(cfg.Clock), audit: openAudit(st, agencies, clockOf(cfg.Clock), logger)}
	if o.auth, err = auth.New(ctx, st, people{agencies}, clockOf(cfg.Clock), auth.Options{Log: logger, Audit: sessionsTo(o.audit, agencies)}); err != nil {
		return nil, errors.Join(err, o.close(ctx))
	}
	return o, nil
}

func (o *office) close(ctx context.Context) error {
	return errors.Join(o.audit.Close(ctx), o.agencies.Close(ctx), o.storage.Close())
}

// withOffice opens the office that the settings name, lets fn work in it, and closes it. That the command was given, and
// what came of it, goes into the audit log.
func withOffice(ctx context.Context, s settings, fn func(*office) error) error {
	cfg, err := s.load(os.Stderr)
	if err != nil {
		return err
	}
	o, err := openOffice(ctx, cfg)
	if err != nil {
		return err
	}
	began := o.clock.Now()
	err = fn(o)
	return errors.Join(err, o.record(ctx, began, err), o.close(ctx))
}

// only returns the agency of that id, or the store's only one.
func (o *office) only(ctx context.Context, id string) (*sync.Agency, error) {
	if id != "" {
		parsed, err := models.ParseID[struct{}](id)
		if err != nil {
			return nil, cli.Usagef("--agency: %v", err)
		}
		return o.open(ctx, models.AgencyID(parsed))
	}
	all, err := o.agencies.List(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, cli.Usagef("there are %d agencies here; name one with --agency", len(all))
	}
	return o.open(ctx, all[0])
}

// give submits the system's commands, each of which must be accepted. What they put an end to is for the server to end,
// which follows the log.
func (o *office) give(ctx context.Context, g *sync.Agency, bodies ...models.CommandBody) error {
	for _, b := range bodies {
		answer := g.Submit(ctx, []models.Command{{ID: newID[models.CommandID](), Body: b}})[0]
		if answer.Err != nil {
			return answer.Err
		}
	}
	return nil
}

// addUser creates an active user with a new password, which it returns.
func (o *office) addUser(ctx context.Context, g *sync.Agency, u models.UserCreate) (string, error) {
	u.ID, u.Active = newID[models.UserID](), true
	if err := o.give(ctx, g, &u); err != nil {
		return "", err
	}
	password := newPassword()
	return password, o.auth.SetPassword(ctx, g.ID(), u.ID, password, models.SessionID{})
}

// founded is an agency with its first administrator.
type founded struct {
	agency             models.AgencyID
	username, password string
}

// firstAgency makes an agency and its administrator, for a run of its own.
func (o *office) firstAgency(ctx context.Context, name string) (founded, error) {
	g, err := o.agencies.Create(ctx, models.AgencyCreate{ID: newID[models.AgencyID](), Name: name, TimeZone: "America/Los_Angeles"})
	if err != nil {
		return founded{}, err
	}
	password, err := o.addUser(ctx, g, models.UserCreate{Username: "admin", Name: "Administrator", Types: models.Administrator})
	return founded{g.ID(), "admin", password}, err
}

type agencyCmd struct {
	Create agencyCreateCmd `cmd:"" help:"Create an agency with its first administrator, whose password is printed once."`
	List   agencyListCmd   `cmd:"" help:"List the agencies."`
	Raise  agencyRaiseCmd  `cmd:"" help:"Raise an agency's feature level to this version's, once every node runs it. There is no way back."`
}

type agencyCreateCmd struct {
	settings
	Name          string `arg:"" help:"Name of the agency."`
	TimeZone      string `default:"America/Los_Angeles" help:"IANA time zone of its business dates."`
	Administrator string `default:"admin" help:"Username of the first administrator."`
}

func (c *agencyCreateCmd) Run(ctx context.Context, out io.Writer) error {
	return withOffice(ctx, c.settings, func(o *office) error {
		g, err := o.agencies.Create(ctx, models.AgencyCreate{ID: newID[models.AgencyID](), Name: c.Name, TimeZone: c.TimeZone})
		if err != nil {
			return err
		}
		o.about = g.ID()
		password, err := o.addUser(ctx, g, models.UserCreate{Username: c.Administrator, Name: c.Administrator, Types: models.Administrator})
		if err != nil {
			return err
		}
		t := cli.NewTable("agency", "username", "password (shown once)")
		t.Row(g.ID().String(), c.Administrator, password)
		_, err = t.WriteTo(out)
		return err
	})
}

type agencyListCmd struct{ settings }

func (c *agencyListCmd) Run(ctx context.Context, out io.Writer) error {
	return withOffice(ctx, c.settings, func(o *office) error {
		all, err := o.agencies.List(ctx)
		if err != nil {
			return err
		}
		t := cli.NewTable("agency", "name", "users", "dispatches", "position")
		for _, id := range all {
			g, err := o.agencies.Agency(ctx, id)
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

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add an active user; the password is printed once."`
	List     userListCmd     `cmd:"" help:"List an agency's users."`
	Password userPasswordCmd `cmd:"" help:"Give a user a new password, printed once, and end their sessions."`
	Import   userImportCmd   `cmd:"" help:"Make the users be as a CSV file says. Nothing is done if any row is wrong."`
	Switch   userSwitchCmd   `cmd:"" help:"Activate a user, or with --off deactivate them everywhere at once."`
	Unlock   userUnlockCmd   `cmd:"" help:"Release an account that was locked by failed sign-ins."`
}

// ofAgency names the agency that a command is about.
type ofAgency struct {
	settings
	Agency string `help:"Id of the agency; may be left out where there is only one."`
}

// withUser opens the office for one user of an agency.
func (a ofAgency) withUser(ctx context.Context, username string, fn func(*office, *sync.Agency, *models.User) error) error {
	return withOffice(ctx, a.settings, func(o *office) error {
		g, err := o.only(ctx, a.Agency)
		if err != nil {
			return err
		}
		var u *models.User
		g.View(func(s *models.State) { u = s.UserNamed(strings.ToLower(username)) })
		if u == nil {
			return errors.New("there is no user of that name")
		}
		return fn(o, g, u)
	})
}

type userAddCmd struct {
	ofAgency
	Username string   `arg:"" help:"Name to sign in with."`
	Name     string   `help:"Full name; the username if left out."`
	Types    []string `default:"officer" help:"administrator, dispatcher, officer, reviewer, integration."`
	Zones    []string `help:"Names of accessible operational zones (dispatchers, reviewers, integrations)."`
}

func (c *userAddCmd) Run(ctx context.Context, out io.Writer) error {
	types, err := models.ParseUserTypes(c.Types)
	if err != nil {
		return cli.Usagef("--types: %v", err)
	}
	return withOffice(ctx, c.settings, func(o *office) error {
		g, err := o.only(ctx, c.Agency)
		if err != nil {
			return err
		}
		zones, err := zonesNamed(g, c.Zones)
		if err != nil {
			return err
		}
		u := models.UserCreate{Username: c.Username, Name: c.Name, Types: types, Zones: zones}
		if u.Name == "" {
			u.Name = c.Username
		}
		password, err := o.addUser(ctx, g, u)
		if err != nil {
			return err
		}
		t := cli.NewTable("username", "password (shown once)")
		t.Row(strings.ToLower(c.Username), password)
		_, err = t.WriteTo(out)
		return err
	})
}

func zonesNamed(g *sync.Agency, names []string) ([]models.ZoneID, error) {
	byName := map[string]models.ZoneID{}
	g.View(func(s *models.State) {
		for _, z := range s.Zones() {
			byName[z.Name] = z.ID
		}
	})
	var ids []models.ZoneID
	for _, name := range names {
		id, ok := byName[name]
		if !ok {
			return nil, cli.Usagef("--zones: there is no operational zone of that name")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

type userListCmd struct{ ofAgency }

func (c *userListCmd) Run(ctx context.Context, out io.Writer) error {
	return withOffice(ctx, c.settings, func(o *office) error {
		g, err := o.only(ctx, c.Agency)
		if err != nil {
			return err
		}
		t := cli.NewTable("username", "name", "types", "active", "id")
		g.View(func(s *models.State) {
			for _, u := range s.Users() {
				t.Row(u.Username, u.Name, strings.Join(u.Types.Names(), ","), fmt.Sprint(u.Active), u.ID.String())
			}
		})
		_, err = t.WriteTo(out)
		return err
	})
}

type userPasswordCmd struct {
	ofAgency
	Username string `arg:"" help:"Whose password."`
}

func (c *userPasswordCmd) Run(ctx context.Context, out io.Writer) error {
	return c.withUser(ctx, c.Username, func(o *office, g *sync.Agency, u *models.User) error {
		password := newPassword()
		if err := o.auth.SetPassword(ctx, g.ID(), u.ID, password, models.SessionID{}); err != nil {
			return err
		}
		t := cli.NewTable("username", "password (shown once)")
		t.Row(u.Username, password)
		_, err := t.WriteTo(out)
		return err
	})
}

type userSwitchCmd struct {
	ofAgency
	Username string `arg:"" help:"Whom."`
	Off      bool   `help:"Deactivate."`
}

func (c *userSwitchCmd) Run(ctx context.Context, out io.Writer) error {
	return c.withUser(ctx, c.Username, func(o *office, g *sync.Agency, u *models.User) error {
		active := !c.Off
		return o.give(ctx, g, &models.UserChange{UserID: u.ID, Active: &active})
	})
}

type userUnlockCmd struct {
	ofAgency
	Username string `arg:"" help:"Whom."`
}

func (c *userUnlockCmd) Run(ctx context.Context, out io.Writer) error {
	return c.withUser(ctx, c.Username, func(o *office, g *sync.Agency, u *models.User) error {
		return o.auth.Release(ctx, g.ID(), u.ID)
	})
}
