package texts_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"officermobile/replay/texts"
)

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		format texts.Format
		file   string
		want   []texts.Text
	}{
		{"objects", texts.JSONLines, "{\"text\":\"a\",\"lang\":\"fr\",\"x\":1}\n\n{\"text\":\"\\u0000\\u202e\",\"kind\":\"stress\"}\n{\"text\":\"\"}\n",
			[]texts.Text{{Text: "a", Lang: "fr"}, {Text: "\x00\u202e", Lang: "und", Hostile: true}}},
		{"lines", texts.Lines, "one\r\n\ntwo \xff\n", []texts.Text{{Text: "one", Lang: "und"}, {Text: "two \ufffd", Lang: "und"}}},
		{"a text that is too long is cut between characters", texts.Lines, strings.Repeat("é", 4001),
			[]texts.Text{{Text: strings.Repeat("é", 4000), Lang: "und"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := texts.Read(strings.NewReader(test.file), test.format)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, want string }{
		{"nothing", "", "no text"},
		{"only empty texts", "{\"text\":\"\"}\n", "no text"},
		{"no object", "{\"text\":\"a\"}\nb\n", "line 2"},
		{"an endless line", "{\"text\":\"a\"}\n" + strings.Repeat("x", 2<<20), "line 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := texts.Read(strings.NewReader(test.file), texts.JSONLines); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]texts.Format{"a.txt": texts.Lines, "b/c.TXT": texts.Lines, "a.jsonl": texts.JSONLines, "a": texts.JSONLines} {
		if got := texts.FormatOf(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	corpus, err := texts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	langs, hostile := map[string]bool{}, 0
	for _, text := range corpus {
		langs[text.Lang] = true
		if text.Hostile {
			hostile++
		}
		if text.Text == "" || !utf8.ValidString(text.Text) {
			t.Errorf("%q can't be sent", text.Text)
		}
	}
	if len(corpus) < 60 || len(langs) < 10 || hostile < 20 {
		t.Errorf("%d texts, %d languages, %d hostile; want 60, 10, 20 or more", len(corpus), len(langs), hostile)
	}
}

func TestPickerLeavesNothingOut(t *testing.T) {
	t.Parallel()
	corpora := map[string][]texts.Text{"two": {{Text: "a", Lang: "en"}, {Text: "b", Lang: "zxx", Hostile: true}}}
	builtin, err := texts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	corpora["built in"] = builtin
	if folder := os.Getenv("OFFICERMOBILE_TEST_DATA"); folder != "" {
		corpora["recorded"] = recorded(t, filepath.Join(folder, "messages.jsonl"))
	}
	for name, corpus := range corpora {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			picker, err := texts.NewPicker(corpus, 3)
			if err != nil {
				t.Fatal(err)
			}
			langs, dealt := map[string]bool{}, map[string]bool{}
			for range picker.Enough() {
				text := picker.Next()
				langs[text.Lang], dealt[text.Text] = true, true
			}
			for _, text := range corpus {
				if !langs[text.Lang] || text.Hostile && !dealt[text.Text] {
					t.Errorf("%s %q was left out", text.Lang, text.Text)
				}
			}
		})
	}
}

func recorded(t *testing.T, name string) []texts.Text {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	corpus, err := texts.Read(f, texts.FormatOf(name))
	if err != nil {
		t.Fatal(err)
	}
	return corpus
}

func TestPickerRepeats(t *testing.T) {
	t.Parallel()
	corpus, err := texts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	deal := func(seed uint64) []texts.Text {
		picker, err := texts.NewPicker(corpus, seed)
		if err != nil {
			t.Fatal(err)
		}
		var got []texts.Text
		for range 200 {
			got = append(got, picker.Next())
		}
		return got
	}
	if !reflect.DeepEqual(deal(1), deal(1)) {
		t.Error("a seed dealt two orders")
	}
	if reflect.DeepEqual(deal(1), deal(2)) {
		t.Error("two seeds dealt one order")
	}
	if _, err := texts.NewPicker(nil, 1); err == nil {
		t.Error("a picker of nothing was made")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("{\"text\":\"\\ud800\"}\n", true)
	f.Add("a\x00\nb", false)
	f.Fuzz(func(t *testing.T, file string, objects bool) {
		format := texts.Lines
		if objects {
			format = texts.JSONLines
		}
		corpus, err := texts.Read(strings.NewReader(file), format)
		if err != nil {
			return
		}
		for _, text := range corpus {
			if text.Text == "" || !utf8.ValidString(text.Text) || text.Lang == "" {
				t.Errorf("%q (%s) can't be sent", text.Text, text.Lang)
			}
		}
	})
}
