package client_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/client"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/store/sqlite"
	"officermobile/sync"
)

const password = "a password of some length"

// world is a real server: api, sessions, sync and the embedded store, without push.
type world struct {
	url     string
	store   *sqlite.Store
	agency  *sync.Agency
	service *sync.Service
}

var bob = id[models.UserID](4)

func newWorld(t *testing.T) *world {
	t.Helper()
	st := must(sqlite.Open(t.Context(), t.TempDir()))(t)
	t.Cleanup(func() { st.Close() })
	agencies := must(sync.Open(t.Context(), st, sync.Options{}))(t)
	t.Cleanup(func() { agencies.Close(context.Background()) })
	g := must(agencies.Create(t.Context(), models.AgencyCreate{ID: agency, Name: "Campus Police", TimeZone: "America/Chicago"}))(t)
	service := must(sync.NewService(agencies, st, sync.ServiceOptions{}))(t)
	sessions := must(auth.New(t.Context(), st, people{g}, clock.Clock{}, auth.Options{Cost: auth.Cost{Passes: 1, MemoryKiB: 8}, StaleAfter: -1}))(t)
	for name, user := range map[string]models.UserID{"amy": amy, "bob": bob} {
		submit(t, g, &models.UserCreate{ID: user, Username: name, Name: name, Types: models.Officer, Active: true})
		if err := sessions.SetPassword(t.Context(), agency, user, password, models.SessionID{}); err != nil {
			t.Fatal(err)
		}
	}
	a := must(api.New(api.Deps{Auth: sessions, Reader: service, Writer: service, Sync: service, Health: healthy{}}, api.Options{}))(t)
	server := httptest.NewServer(a)
	t.Cleanup(func() {
		service.Drain(context.Background())
		server.Close()
		service.Close(context.Background())
	})
	return &world{server.URL, st, g, service}
}

func submit(t *testing.T, g *sync.Agency, body models.CommandBody) {
	t.Helper()
	if answer := g.Submit(t.Context(), []models.Command{{Body: body}})[0]; answer.Err != nil {
		t.Fatal(answer.Err)
	}
}

type healthy struct{}

func (healthy) Started() error              { return nil }
func (healthy) Ready(context.Context) error { return nil }

// people answers auth's questions from the agency's state.
type people struct{ g *sync.Agency }

func (p people) find(pick func(*models.State) *models.User) (u auth.User, ok bool, err error) {
	p.g.View(func(s *models.State) {
		if found := pick(s); found != nil {
			u, ok = auth.User{ID: found.ID, Active: found.Active}, true
		}
	})
	return u, ok, nil
}

func (p people) ByName(_ context.Context, _ models.AgencyID, name string) (auth.User, bool, error) {
	return p.find(func(s *models.State) *models.User { return s.UserNamed(name) })
}

func (p people) ByID(_ context.Context, _ models.AgencyID, user models.UserID) (auth.User, bool, error) {
	return p.find(func(s *models.State) *models.User { return s.User(user) })
}

func (p people) Device(_ context.Context, _ models.AgencyID, device models.DeviceID) (d auth.Device, ok bool, err error) {
	p.g.View(func(s *models.State) {
		if found := s.Device(device); found != nil {
			d, ok = auth.Device{User: found.User, Revoked: found.Revoked, Wipe: found.Wipe}, true
		}
	})
	return d, ok, nil
}

// phone is a signed-in device of somebody, with a store in a file.
func (w *world) phone(t *testing.T, name string) *client.Device {
	t.Helper()
	store := must(client.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "phone.db")))(t)
	t.Cleanup(func() { store.Close() })
	d := must(client.New(t.Context(), client.Config{BaseURL: w.url, Store: store, Name: name, Class: "phone", Platform: "android"}))(t)
	if err := d.SignIn(t.Context(), agency, name, password); err != nil {
		t.Fatal(err)
	}
	return d
}

// eventually waits for a change after which something holds.
func eventually(t *testing.T, d *client.Device, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		changed := d.Changes()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}
