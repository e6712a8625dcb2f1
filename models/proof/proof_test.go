package proof_test

import (
	"bytes"
	"errors"
	"testing"

	"officermobile/models"
	"officermobile/models/proof"
	"officermobile/models/record"
)

// logOf writes a small log: an agency, two zones, a user.
func logOf(t *testing.T) []record.Batch {
	t.Helper()
	bodies := []models.EventBody{
		&models.AgencyCreated{ID: models.AgencyID{1}, Name: "Harbor", TimeZone: "UTC", Level: 1},
		&models.ZonePut{ID: models.ZoneID{2}, Name: "North"},
		&models.ZonePut{ID: models.ZoneID{3}, Name: "South"},
		&models.UserCreated{ID: models.UserID{4}, Username: "olga", Name: "Olga", Types: models.Officer, Active: true},
	}
	var batches []record.Batch
	var prev record.Hash
	for i, b := range bodies {
		head, payload, keys, err := models.EncodeEvent(models.Event{At: models.Micros(i + 1), Body: b}, record.UUID{9, byte(i)})
		if err != nil {
			t.Fatal(err)
		}
		var named []record.Key
		for _, k := range keys {
			named = append(named, record.Key{Value: k})
		}
		h := record.Header{Log: "agency/01/main", Epoch: 7, First: record.Seq(i + 1), Prev: prev, ID: record.UUID{1, byte(i)}, Events: []record.Event{head}}
		batch, err := record.Seal(h, []record.Payload{payload}, named)
		if err != nil {
			t.Fatal(err)
		}
		prev = record.Sum(batch.Header)
		batches = append(batches, batch)
	}
	return batches
}

// pages reads a log two batches at a time.
func pages(batches []record.Batch) func(record.Seq) ([]record.Batch, error) {
	return func(after record.Seq) ([]record.Batch, error) {
		from := min(int(after), len(batches))
		return batches[from:min(from+2, len(batches))], nil
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	batches := logOf(t)
	var seen []record.Seq
	r, state, err := proof.Walk(pages(batches), func(e models.Event) { seen = append(seen, e.Seq) })
	if err != nil {
		t.Fatal(err)
	}
	if r.Batches != 4 || r.Events != 4 || r.Redacted != 0 || r.Chain.Seq != 4 || len(seen) != 4 {
		t.Errorf("got %+v and %d events", r, len(seen))
	}
	if digest, err := state.Digest(); err != nil || digest != r.Digest {
		t.Errorf("the digest is not the state's: %v", err)
	}
	if state.UserNamed("olga") == nil {
		t.Error("the events were not folded")
	}
}

func TestWalkFindsWhatWasAltered(t *testing.T) {
	t.Parallel()
	cases := map[string]func([]record.Batch) []record.Batch{
		"a text": func(b []record.Batch) []record.Batch {
			b[1].Payloads[0].Bytes = bytes.Replace(b[1].Payloads[0].Bytes, []byte("North"), []byte("Norte"), 1)
			return b
		},
		"a header":          func(b []record.Batch) []record.Batch { b[2].Header[len(b[2].Header)-1] ^= 1; return b },
		"a batch left out":  func(b []record.Batch) []record.Batch { return append(b[:1:1], b[2:]...) },
		"two changed round": func(b []record.Batch) []record.Batch { b[1], b[2] = b[2], b[1]; return b },
	}
	for name, alter := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r, _, err := proof.Walk(pages(alter(logOf(t))), nil); err == nil {
				t.Errorf("got %+v and no error", r)
			}
		})
	}
}

func TestWalkCountsWhatWasRedacted(t *testing.T) {
	t.Parallel()
	batches := logOf(t)
	batches[2].Payloads[0] = record.Payload{}
	r, _, err := proof.Walk(pages(batches), nil)
	if err != nil || r.Redacted != 1 || r.Events != 4 {
		t.Errorf("got %+v and %v, want one redacted of four", r, err)
	}
}

func TestWalkStopsAtAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, _, err := proof.Walk(func(record.Seq) ([]record.Batch, error) { return nil, broken }, nil); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
