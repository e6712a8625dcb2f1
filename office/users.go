package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"officermobile/cli"
	"officermobile/config"
	"officermobile/models"
	"officermobile/sync"
)

// UserCmd manages the users of an agency.
type UserCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add an active user; the password is printed once."`
	List     userListCmd     `cmd:"" help:"List an agency's users."`
	Password userPasswordCmd `cmd:"" help:"Give a user a new password, printed once, and end their sessions."`
	Import   userImportCmd   `cmd:"" help:"Make the users be as a CSV file says. Nothing is done if any row is wrong."`
	Switch   userSwitchCmd   `cmd:"" help:"Activate a user, or with --off deactivate them everywhere at once."`
	Unlock   userUnlockCmd   `cmd:"" help:"Release an account that was locked by failed sign-ins."`
}

// ofAgency names the agency that a command is about.
type ofAgency struct {
	config.Flags
	Agency string `help:"Id of the agency; may be left out where there is only one."`
}

// with opens the office for the agency.
func (a ofAgency) with(ctx context.Context, fn func(*Office, *sync.Agency) error) error {
	return with(ctx, a.Flags, func(o *Office) error {
		g, err := o.only(ctx, a.Agency)
		if err != nil {
			return err
		}
		return fn(o, g)
	})
}

// withUser opens the office for one user of the agency.
func (a ofAgency) withUser(ctx context.Context, username string, fn func(*Office, *sync.Agency, *models.User) error) error {
	return a.with(ctx, func(o *Office, g *sync.Agency) error {
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

// Run prints the password.
func (c *userAddCmd) Run(ctx context.Context, out io.Writer) error {
	types, err := models.ParseUserTypes(c.Types)
	if err != nil {
		return cli.Usagef("--types: %v", err)
	}
	return c.with(ctx, func(o *Office, g *sync.Agency) error {
		zones, err := zonesNamed(g, c.Zones)
		if err != nil {
			return err
		}
		u := models.UserCreate{Username: c.Username, Name: c.Name, Types: types, Zones: zones}
		if u.Name == "" {
			u.Name = c.Username
		}
		password, err := o.AddUser(ctx, g, u)
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

// Run prints a line for each user.
func (c *userListCmd) Run(ctx context.Context, out io.Writer) error {
	return c.with(ctx, func(o *Office, g *sync.Agency) error {
		t := cli.NewTable("username", "name", "types", "active", "id")
		g.View(func(s *models.State) {
			for _, u := range s.Users() {
				t.Row(u.Username, u.Name, strings.Join(u.Types.Names(), ","), fmt.Sprint(u.Active), u.ID.String())
			}
		})
		_, err := t.WriteTo(out)
		return err
	})
}

type userPasswordCmd struct {
	ofAgency
	Username string `arg:"" help:"Whose password."`
}

// Run prints the password.
func (c *userPasswordCmd) Run(ctx context.Context, out io.Writer) error {
	return c.withUser(ctx, c.Username, func(o *Office, g *sync.Agency, u *models.User) error {
		password := newPassword()
		if err := o.Auth.SetPassword(ctx, g.ID(), u.ID, password, models.SessionID{}); err != nil {
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

// Run gives the command; the server ends the sessions, at its next start.
func (c *userSwitchCmd) Run(ctx context.Context, out io.Writer) error {
	return c.withUser(ctx, c.Username, func(o *Office, g *sync.Agency, u *models.User) error {
		active := !c.Off
		return o.Give(ctx, g, &models.UserChange{UserID: u.ID, Active: &active})
	})
}

type userUnlockCmd struct {
	ofAgency
	Username string `arg:"" help:"Whom."`
}

// Run lets who was locked out try again.
func (c *userUnlockCmd) Run(ctx context.Context, out io.Writer) error {
	return c.withUser(ctx, c.Username, func(o *Office, g *sync.Agency, u *models.User) error {
		return o.Auth.Release(ctx, g.ID(), u.ID)
	})
}
