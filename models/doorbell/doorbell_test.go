package doorbell_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"officermobile/models"
	"officermobile/models/doorbell"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, payload string
		want          doorbell.Bell
		err           error
	}{
		{"of APNs", `{"aps":{"badge":1},"v":1,"n":"a","k":"k","e":"e","s":"s"}`, doorbell.Bell{ID: "a", KeyID: "k", Box: "e", Signature: "s"}, nil},
		{"of FCM", `{"v":"1","n":"a","b":"7","x":"m","s":"s"}`, doorbell.Bell{ID: "a", Signature: "s"}, nil},
		{"a step", `{"v":1,"n":"a","a":2}`, doorbell.Bell{ID: "a", Step: 2}, nil},
		{"a step of FCM", `{"v":"1","n":"a","a":"2"}`, doorbell.Bell{ID: "a", Step: 2}, nil},
		{"no step", `{"v":1,"n":"a","a":"x"}`, doorbell.Bell{ID: "a"}, doorbell.ErrMalformed},
		{"a step below", `{"v":1,"n":"a","a":-1}`, doorbell.Bell{ID: "a"}, doorbell.ErrMalformed},
		{"later", `{"v":2,"n":"a"}`, doorbell.Bell{}, doorbell.ErrMalformed},
		{"no version", `{"n":"a"}`, doorbell.Bell{}, doorbell.ErrMalformed},
		{"no id", `{"v":1}`, doorbell.Bell{}, doorbell.ErrMalformed},
		{"another's", `hello`, doorbell.Bell{}, doorbell.ErrMalformed},
	} {
		got, err := doorbell.Parse([]byte(c.payload))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %+v, %v", c.name, got, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	device := models.DeviceID{1}
	if _, err := (doorbell.Bell{ID: "a"}).Open(device); !errors.Is(err, doorbell.ErrNotSealed) {
		t.Errorf("nothing sealed: %v", err)
	}
	if _, err := (doorbell.Bell{ID: "a", KeyID: "k", Box: "e"}).Open(device); !errors.Is(err, doorbell.ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
}

// R52: padding buckets hold, whatever is written.
func TestPlain(t *testing.T) {
	t.Parallel()
	t.Run("R52 what is sealed has one of three lengths and says what was to be said", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			p := doorbell.Preview{
				About: "message", Conversation: models.ConversationID{1}, Kind: models.PersonalKind, At: 1_772_000_000_000, Number: 7,
				Title: rapid.StringN(0, 100, 400).Draw(t, "title"), From: rapid.StringN(0, 100, 400).Draw(t, "from"),
				Text: rapid.StringN(0, 4000, 16000).Draw(t, "text"),
			}
			plain, err := p.Plain()
			if errors.Is(err, doorbell.ErrTooLong) && strings.ContainsFunc(p.Title+p.From, func(r rune) bool { return r < ' ' }) {
				return // no name has control characters, which take six bytes each
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := len(plain); n != 512 && n != 1024 && n != 2048 {
				t.Fatalf("%d bytes", n)
			}
			var got doorbell.Preview
			if err := json.Unmarshal(plain, &got); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(p.Text, got.Text) || got.Cut != (got.Text != p.Text) || len(got.Text) > doorbell.MaxText {
				t.Fatalf("text %q of %q", got.Text, p.Text)
			}
			if got.Text, got.Cut, p.Text = "", false, ""; got != p {
				t.Fatalf("got %+v, want %+v", got, p)
			}
		})
	})
	t.Run("R52 a preview that fits nothing is not sealed", func(t *testing.T) {
		t.Parallel()
		if _, err := (doorbell.Preview{Title: strings.Repeat("x", 3000), Text: "hi"}).Plain(); !errors.Is(err, doorbell.ErrTooLong) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCut(t *testing.T) {
	t.Parallel()
	family := "\U0001F468\u200D\U0001F469\u200D\U0001F467" // man, woman, girl, joined
	for _, c := range []struct {
		name, text string
		limit      int
		want       string
	}{
		{"fits", "hello", 5, "hello"},
		{"plain", "hello", 4, "hell"},
		{"nothing", "hello", 0, ""},
		{"a code point", "aé", 2, "a"},
		{"an accent of its own", "cafe\u0301", 5, "caf"},
		{"a family", "a" + family, 12, "a"},
		{"behind a family", family + "ab", len(family) + 1, family + "a"},
		{"a flag", "a\U0001F1FA\U0001F1F8\U0001F1EB\U0001F1F7", 10, "a\U0001F1FA\U0001F1F8"},
		{"half a flag", "\U0001F1FA\U0001F1F8", 4, ""},
		{"a skin tone", "ok\U0001F44D\U0001F3FD", 6, "ok"},
		{"a line's end", "ab\r\ncd", 3, "ab"},
		{"Hangul in parts", "a\u1112\u1161\u11AB", 7, "a"},
		{"a Devanagari vowel", "a\u0928\u093F", 4, "a"},
	} {
		if got := doorbell.Cut(c.text, c.limit); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCutIsAPrefix(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, limit := rapid.String().Draw(t, "text"), rapid.IntRange(0, 40).Draw(t, "limit")
		got := doorbell.Cut(text, limit)
		if !strings.HasPrefix(text, got) || len(got) > max(limit, 0) && got != text || !utf8.ValidString(got) {
			t.Fatalf("got %q of %q by %d", got, text, limit)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"v":1,"n":"a","k":"k","e":"e","s":"s.s"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		b, err := doorbell.Parse(payload)
		if err != nil {
			return
		}
		if b.Verify(models.DeviceID{1}, nil) == nil {
			t.Error("verified without a key")
		}
		if _, err := b.Open(models.DeviceID{1}); err == nil {
			t.Error("opened without a key")
		}
	})
}
