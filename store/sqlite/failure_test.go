package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
	"officermobile/store/sqlite"
	"officermobile/store/storetest"

	lib "modernc.org/sqlite/lib"
)

// diskError is what the driver answers when the disk fails.
type diskError int

func (e diskError) Error() string { return "disk I/O error" }
func (e diskError) Code() int     { return int(e) }

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	open(t, folder)
	if _, err := sqlite.Open(t.Context(), folder); !errors.Is(err, store.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
}

func TestUnusableFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(t.Context(), filepath.Join(file, "data"))
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one sentence", err)
	}
}

func TestFolderWithSpecialCharacters(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a?b#c%20 d&e=f;")
	storetest.Reopen(t, func(t *testing.T) store.Store { return open(t, folder) })
	if _, err := os.Stat(filepath.Join(folder, sqlite.DatabaseFile)); err != nil {
		t.Error(err)
	}
}

// Whatever becomes of the file while the process is down is damage, not a new database.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(path string) error{
		"garbage": func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("garbage ", 2048)), 0o600) },
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			s := open(t, folder)
			w := storetest.Writer{Log: "a"}
			w.Must(t, s, 1)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(folder, sqlite.DatabaseFile)); err != nil {
				t.Fatal(err)
			}
			if _, err := sqlite.Open(t.Context(), folder); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
		})
	}
}

// A page that rots under the table of batches is found when it is read.
func TestDamagedPage(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := open(t, folder)
	w := storetest.Writer{Log: "a"}
	for range 200 {
		w.Must(t, s, 3)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(folder, sqlite.DatabaseFile), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, info.Size()/2), info.Size()/4); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(t.Context(), folder)
	if err == nil {
		defer s.Close()
		_, err = s.Read(t.Context(), "a", 0, 1000)
	}
	if !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := open(t, folder)
	if err := errors.Join(s.SetSchema(2), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), folder); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestFullDiskRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	w := storetest.Writer{Log: "a"}
	w.Must(t, s, 1)
	pages, err := s.Pages()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.LimitPages(pages + 2); err != nil {
		t.Fatal(err)
	}
	large := store.Document{Kind: "note", ID: "1", Body: make([]byte, 1<<20)}
	if _, err := s.PutIf(t.Context(), large); !errors.Is(err, store.ErrFull) {
		t.Fatalf("put: got %v, want ErrFull", err)
	}
	for range 1000 {
		b := w.Next(t, 20)
		outcome, err := s.Append(t.Context(), "a", w.After, b)
		if outcome == store.Refused {
			if !errors.Is(err, store.ErrFull) {
				t.Fatalf("append: got %v, want ErrFull", err)
			}
			break
		}
		w.Step(b)
	}
	if tip, err := s.Tip(t.Context(), "a"); err != nil || tip.Seq != w.After {
		t.Errorf("reads go on: got %+v, %v, want %d", tip, err, w.After)
	}
	if err := s.LimitPages(1 << 20); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckHealth(t.Context()); err != nil {
		t.Errorf("health with room again: %v", err)
	}
	w.Must(t, s, 20)
	select {
	case err := <-s.Fatal():
		t.Errorf("a full disk is not fatal: %v", err)
	default:
	}
}

// After a failed fsync the outcome is unknown, nothing more is written, and the reason is reported once.
func TestFailedCommitIsFatal(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]bool{"lost": false, "written": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			s := open(t, folder)
			w := storetest.Writer{Log: "a"}
			w.Must(t, s, 1)
			s.FailCommit(diskError(lib.SQLITE_IOERR_FSYNC), happens)
			b := w.Next(t, 1)
			if got, err := s.Append(t.Context(), "a", w.After, b); got != store.Unknown || err == nil {
				t.Fatalf("got %v, %v, want unknown", got, err)
			}
			if err := <-s.Fatal(); err == nil {
				t.Error("no reason was reported")
			}
			if got, err := s.Append(t.Context(), "a", w.After, b); got != store.Refused || err == nil {
				t.Errorf("afterwards: got %v, %v, want refused", got, err)
			}
			if _, err := s.PutIf(t.Context(), store.Document{Kind: "note", ID: "1"}); err == nil {
				t.Error("a document was written afterwards")
			}
			if s.CheckHealth(t.Context()) == nil {
				t.Error("healthy after a failed commit")
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, folder)
			if got, err := s.Append(t.Context(), "a", w.After, b); got != store.Committed || err != nil {
				t.Errorf("resolved after a restart: got %v, %v, want committed", got, err)
			}
		})
	}
}

// What was acknowledged is in the files at once, whatever becomes of the process.
func TestCrashKeepsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	folder, copied := t.TempDir(), t.TempDir()
	s := open(t, folder)
	w := storetest.Writer{Log: "a"}
	for range 50 {
		w.Must(t, s, 2)
	}
	// The files as a killed process leaves them: the write-ahead log without a checkpoint.
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	again := open(t, copied)
	var chain record.Chain
	batches, err := again.Read(t.Context(), "a", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if _, err := chain.Next(b); err != nil {
			t.Fatal(err)
		}
	}
	if chain.Seq != w.After || chain.Hash != w.Prev {
		t.Errorf("got %d, want %d", chain.Seq, w.After)
	}
}

func TestOldestVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"3.51.3": true, "3.51.2": false, "3.51": false, "3.54.1": true, "3.9.9": false, "4.0.0": true, "": false, "3.x.9": false,
	} {
		if got := sqlite.AtLeast(version); got != want {
			t.Errorf("%q: got %v, want %v", version, got, want)
		}
	}
}
