// Package texts supplies what people write in a rehearsal: a corpus read from a file, or the small one built in, and a
// picker that deals it out so that every language and every hostile string is used. A text is passed on exactly as the
// corpus has it, control characters included; what is refused is the server's business, and a finding.
package texts

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Text is one thing that somebody may write. It is never empty.
type Text struct {
	Text    string
	Lang    string // BCP 47 tag, "und" where the corpus doesn't say
	Hostile bool   // written to break software
}

// Limits of a corpus.
const (
	maxLineBytes = 1 << 20   // a line of the file; the longest text allowed is far shorter
	maxTexts     = 1_000_000 // of a corpus, held in memory
	maxRunes     = 4_000     // of one text; a longer one is cut, since messages have that limit
)

// Format is how a file holds its texts.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl" // an object a line, with text and optionally lang and kind; kind "stress" is hostile
	Lines     Format = "txt"   // a text a line
)

// FormatOf goes by a file's name: .txt is Lines, all else JSONLines.
func FormatOf(name string) Format {
	if strings.EqualFold(path.Ext(name), ".txt") {
		return Lines
	}
	return JSONLines
}

// Read reads a corpus. Empty texts are left out, since nobody can send one; a corpus without any text is an error, as
// is a malformed line, which the error names.
func Read(r io.Reader, format Format) ([]Text, error) {
	parse := parseJSON
	if format == Lines {
		parse = parseLine
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLineBytes)
	var texts []Text
	n := 0
	for lines.Scan() {
		n++
		text, err := parse(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if text.Text == "" {
			continue
		}
		if len(texts) == maxTexts {
			return nil, fmt.Errorf("line %d: the corpus has over %d texts", n, maxTexts)
		}
		text.Text = cut(text.Text)
		texts = append(texts, text)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	if texts == nil {
		return nil, errors.New("the corpus has no text")
	}
	return texts, nil
}

func parseJSON(line []byte) (Text, error) {
	if len(strings.TrimSpace(string(line))) == 0 {
		return Text{}, nil
	}
	var row struct{ Text, Lang, Kind string }
	if err := json.Unmarshal(line, &row); err != nil {
		return Text{}, errors.New("not a JSON object with a text")
	}
	return Text{Text: row.Text, Lang: orUnd(row.Lang), Hostile: row.Kind == "stress"}, nil
}

func parseLine(line []byte) (Text, error) {
	return Text{Text: strings.ToValidUTF8(string(line), "\ufffd"), Lang: "und"}, nil
}

func orUnd(lang string) string {
	if lang == "" {
		return "und"
	}
	return lang
}

// cut shortens a text to maxRunes.
func cut(s string) string {
	n := 0
	for i := range s {
		if n == maxRunes {
			return s[:i]
		}
		n++
	}
	return s
}

// builtinJSONL was written for this project.
//
//go:embed builtin.jsonl
var builtinJSONL string

// Builtin is the corpus that serves when no file is given.
func Builtin() ([]Text, error) { return Read(strings.NewReader(builtinJSONL), JSONLines) }
