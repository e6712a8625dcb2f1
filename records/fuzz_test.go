package records_test

import (
	"errors"
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/records"
)

// FuzzQuery: any text and cursor is a bounded search or a refusal, and a cursor reads back as what was written.
func FuzzQuery(f *testing.F) {
	f.Add("hello wor", "", uint64(1))
	f.Add("\u1e9b\u0323 İSTANBUL ﬁ", records.EncodeCursor(7), uint64(1<<63))
	f.Add("a b c d e f g h i", "AQ", uint64(0))
	f.Add("\xff\x00", "AYCA", uint64(1<<64-1))
	f.Fuzz(func(t *testing.T, text, cursor string, at uint64) {
		n, before, err := records.Clauses(wire.Search{Text: text, Cursor: cursor, Limit: 10})
		var refusal *models.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("got %v, want a refusal", err)
		}
		if n > 8 || err == nil && before > uint64(record.MaxSeq)+1 {
			t.Fatalf("got %d clauses before %d", n, before)
		}
		for _, word := range records.Words(text) {
			if word == "" {
				t.Fatalf("%q: got an empty word", text)
			}
		}
		if got, err := records.Cursor(records.EncodeCursor(at)); got != at || err != nil {
			t.Fatalf("got %d, %v, want %d", got, err, at)
		}
	})
}
