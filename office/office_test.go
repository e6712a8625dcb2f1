package office_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"officermobile/auth"
	"officermobile/config"
	"officermobile/models"
	"officermobile/office"
	"officermobile/store"
)

func open(t *testing.T, folder string, o office.Options) *office.Office {
	t.Helper()
	cfg := config.Defaults()
	cfg.Store.Address = config.Secret(folder)
	o.Logger = slog.New(slog.DiscardHandler)
	opened, err := office.Open(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// TestOffice: what is founded is there at the next opening, through whatever was put around the store, and a server is told
// of sessions beside the audit log.
func TestOffice(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var told []auth.What
	wrapped := 0
	o := open(t, folder, office.Options{
		Around: func(s store.Store) store.Store { wrapped++; return s },
		Auth:   auth.Options{Audit: func(_ context.Context, e auth.Event) { told = append(told, e.What) }},
	})
	made, err := o.Found(t.Context(), "Harbor")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Defaults()
	cfg.Store.Address = config.Secret(folder)
	if _, err := office.Open(t.Context(), cfg, office.Options{}); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("opened twice: got %v", err)
	}
	if err := o.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0] != auth.PasswordSet || wrapped != 1 {
		t.Errorf("got %q told, the store wrapped %d times; want the password, once", told, wrapped)
	}
	o = open(t, folder, office.Options{})
	people := office.People{Agencies: o.Agencies}
	if _, found, err := people.ByName(t.Context(), made.Agency, made.Username); err != nil || !found {
		t.Errorf("the administrator: got %v, %v", found, err)
	}
	if _, found, err := people.ByName(t.Context(), models.AgencyID{9}, made.Username); err != nil || found {
		t.Errorf("in no agency: got %v, %v, want nobody", found, err)
	}
	if err := people.View(t.Context(), models.AgencyID{9}, func(*models.State) {}); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the state of no agency: got %v", err)
	}
	if err := o.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
