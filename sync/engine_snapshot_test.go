package sync_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/store"
	"officermobile/sync"
)

// logText collects what is logged.
type logText struct{ strings.Builder }

func (l *logText) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// snapshotsOf lists the manifests of the test agency.
func snapshotsOf(t *testing.T, st store.Documents) []store.Document {
	t.Helper()
	docs, err := st.List(t.Context(), "snapshot", "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// openWithSnapshots makes an agency with a snapshot every few events, and a tail behind the last.
func openWithSnapshots(t *testing.T, st store.Store) *sync.Agency {
	t.Helper()
	g := foundAgency(t, openNode(t, st, sync.Options{SnapshotEvery: 10}), 1)
	for n := range 60 {
		mustSubmit(t, g, message(1, uint64(n+1), n+1))
		synctest.Wait() // the snapshot, if it was time for one
	}
	return g
}

func TestInvariant8_SnapshotAndTailIsTheReplay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t)
		g := openWithSnapshots(t, st)
		docs := snapshotsOf(t, st)
		if len(docs) != 3 {
			t.Fatalf("got %d snapshots, want the 3 that are kept", len(docs))
		}
		want, _ := stateDigest(t, g)
		for k := 3; k >= 0; k-- { // from the newest, and the next, when that one is gone, to none at all
			again, err := openNode(t, st, sync.Options{SnapshotEvery: -1}).Agency(t.Context(), agencyID(1))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := stateDigest(t, again); got != want {
				t.Errorf("%d snapshots left: another digest than a replay's", k)
			}
			if k > 0 {
				if err := st.Delete(t.Context(), docs[k-1].Kind, docs[k-1].ID, docs[k-1].Version); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestSnapshotThatIsNotWholeOrOfAnotherLogIsPassedOver(t *testing.T) {
	t.Parallel()
	spoil := map[string]struct {
		kind  store.Kind
		spoil func(string) string
	}{
		"a part is damaged":     {"snapshot_part", func(s string) string { return s[:len(s)-1] + string(s[len(s)-1]^1) }},
		"hash of another batch": {"snapshot", swapHash},
		"another reducer": {"snapshot", func(s string) string {
			return strings.Replace(s, fmt.Sprintf(`"reducer":%d`, models.ReducerVersion), `"reducer":999`, 1)
		}},
		"not a manifest": {"snapshot", func(string) string { return "{" }},
	}
	for name, test := range spoil {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				st := openStore(t)
				want, _ := stateDigest(t, openWithSnapshots(t, st))
				docs, err := st.List(t.Context(), test.kind, "", "", 100)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range docs {
					body := test.spoil(string(d.Body))
					if body == string(d.Body) {
						t.Fatal("nothing was spoilt")
					}
					d.Body = []byte(body)
					if _, err := st.PutIf(t.Context(), d); err != nil {
						t.Fatal(err)
					}
				}
				again, err := openNode(t, st, sync.Options{SnapshotEvery: -1}).Agency(t.Context(), agencyID(1))
				if err != nil {
					t.Fatal(err)
				}
				if got, _ := stateDigest(t, again); got != want {
					t.Error("another digest than a replay's")
				}
			})
		})
	}
}

// swapHash changes one digit of the batch's hash.
func swapHash(s string) string {
	i := strings.Index(s, `"hash":"`) + len(`"hash":"`)
	digit := "0"
	if s[i] == '0' {
		digit = "1"
	}
	return s[:i] + digit + s[i+1:]
}

func TestSnapshotAfterATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t)
		var log logText
		g := foundAgency(t, openNode(t, st, sync.Options{Logger: log.logger(), PollEvery: time.Minute, SnapshotAfter: time.Hour}), 1)
		elapse(59 * time.Minute)
		if n := len(snapshotsOf(t, st)); n != 0 {
			t.Errorf("got %d snapshots within the hour, want none", n)
		}
		elapse(3 * time.Minute) // two polls, whatever their jitter
		synctest.Wait()
		if n := len(snapshotsOf(t, st)); n != 1 {
			t.Errorf("got %d snapshots after an hour, want 1: %s", n, log.String())
		}
		elapse(3 * time.Hour)
		if n := len(snapshotsOf(t, st)); n != 1 {
			t.Errorf("got %d snapshots of a quiet log, want 1", n)
		}
		mustSubmit(t, g, message(1, 1, 1))
		elapse(3 * time.Minute) // two polls, whatever their jitter
		synctest.Wait()
		if n := len(snapshotsOf(t, st)); n != 2 {
			t.Errorf("got %d snapshots after another event, want 2", n)
		}
	})
}
