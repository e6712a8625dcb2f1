package sqlite_test

import (
	"testing"

	"officermobile/store"
	"officermobile/store/sqlite"
	"officermobile/store/storetest"
)

func open(t *testing.T, folder string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

func TestReopen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	storetest.Reopen(t, func(t *testing.T) store.Store { return open(t, folder) })
}
