package sqlite_test

import (
	"testing"

	"officermobile/models/record"
	"officermobile/store"
	"officermobile/store/sqlite"
)

func TestAppendAndReopen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, err := sqlite.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	b, err := record.Seal(record.Header{Log: "a/main", Epoch: 7, First: 1, ID: record.UUID{1},
		Events: []record.Event{{Type: "x", At: 1}}}, []record.Payload{{Salt: record.UUID{1}, Bytes: []byte("hi")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if outcome, err := s.Append(t.Context(), "a/main", 0, b); outcome != store.Committed || err != nil {
			t.Fatalf("got %v, %v", outcome, err)
		}
	}
	if err := s.CheckHealth(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := store.Tip{Epoch: 7, Seq: 1, Hash: record.Sum(b.Header)}
	if got, err := s.Tip(t.Context(), "a/main"); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}
