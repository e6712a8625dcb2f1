package storetest

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"officermobile/store"
)

// testPutAll writes many twice, over what others put there: what stands in the end is what was given.
func testPutAll(t *testing.T, s store.Documents) {
	put(t, s, store.Document{Kind: "note", ID: "007", Version: put(t, s, store.Document{Kind: "note", ID: "007"}), Body: []byte("by hand")})
	noon := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	docs := make([]store.Document, store.MaxPut)
	for i := range docs {
		docs[i] = store.Document{Kind: "note", ID: fmt.Sprintf("%03d", i), Version: 9, Body: bytes.Repeat([]byte{byte(i)}, i)}
	}
	docs[3].Due, docs[4].Kind = noon, "other"
	for range 2 {
		if err := s.PutAll(t.Context(), docs); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range docs {
		got, err := s.Get(t.Context(), want.Kind, want.ID)
		if err != nil || got.Version != 1 || !bytes.Equal(got.Body, want.Body) || !got.Due.Equal(want.Due) {
			t.Fatalf("%s: got version %d, %d bytes, due %v, %v", want.ID, got.Version, len(got.Body), got.Due, err)
		}
	}
	if all, err := s.List(t.Context(), "note", "", "", store.MaxLimit); err != nil || len(all) != len(docs)-1 {
		t.Errorf("got %d documents, %v, want %d", len(all), err, len(docs)-1)
	}
	if due, err := s.Due(t.Context(), "note", noon, 10); err != nil || len(due) != 1 || due[0].ID != "003" {
		t.Errorf("due: got %v, %v", ids(due), err)
	}
	if version := put(t, s, store.Document{Kind: "note", ID: "007", Version: 1}); version != 2 {
		t.Errorf("put by hand again: got version %d, want 2", version)
	}
	if err := s.PutAll(t.Context(), nil); err != nil {
		t.Errorf("none at all: %v", err)
	}
}

func testPutAllRefusals(t *testing.T, s store.Documents) {
	good := store.Document{Kind: "note", ID: "good"}
	large := func(id string) store.Document {
		return store.Document{Kind: "note", ID: id, Body: make([]byte, store.MaxPutBytes/2)}
	}
	for name, docs := range map[string][]store.Document{
		"too many":    make([]store.Document, store.MaxPut+1),
		"one is bad":  {good, {Kind: "note"}},
		"one twice":   {good, good},
		"too large":   {good, large("1"), large("2"), {Kind: "note", ID: "3", Body: []byte{1}}},
		"hostile one": {good, {Kind: "note", ID: "$ä"}},
	} {
		wantError(t, name, s.PutAll(t.Context(), docs), store.ErrInvalid)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	wantError(t, "ended context", s.PutAll(ended, []store.Document{good}), context.Canceled)
	_, err := s.Get(t.Context(), "note", "good")
	wantError(t, "nothing was written", err, store.ErrNotFound)
}
