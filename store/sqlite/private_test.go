package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"officermobile/store/sqlite"
)

// The database holds the keys that sign tokens. A folder that was made beforehand, as a container's volume is, may be open
// to everybody on the machine.
func TestNobodyElseReadsTheDatabase(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "volume")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 3 {
		t.Fatalf("got %d files and %v, want the database, its log and its lock", len(files), err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm() & 0o077; got != 0 {
			t.Errorf("%s: others have %o, want 0", f.Name(), got)
		}
	}
}
