package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// columnGap is between two columns.
const columnGap = "  "

// Table is rows under headings, in columns as wide as their widest cell. A column of nothing but numbers and
// durations is aligned at the right.
type Table struct {
	heads []string
	rows  [][]string
	words []bool // the columns that hold a cell which is no number
}

// NewTable is a table without rows.
func NewTable(heads ...string) *Table {
	return &Table{heads: heads, words: make([]bool, len(heads))}
}

// Row adds a row, one cell for each heading; cells too many panic. nil is an empty cell. Text keeps to its line:
// control characters, which could move a terminal's cursor, are shown as dots.
func (t *Table) Row(cells ...any) {
	if len(cells) > len(t.heads) {
		panic(fmt.Sprintf("cli: %d cells under %d headings", len(cells), len(t.heads)))
	}
	row := make([]string, len(t.heads))
	for i, cell := range cells {
		if cell == nil {
			continue
		}
		row[i] = Printable(fmt.Sprint(cell))
		if !isNumber(cell) {
			t.words[i] = true
		}
	}
	t.rows = append(t.rows, row)
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// WriteTo writes the headings and the rows.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	widths := t.widths()
	var b strings.Builder
	t.line(&b, widths, t.heads)
	for _, row := range t.rows {
		t.line(&b, widths, row)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (t *Table) widths() []int {
	widths := make([]int, len(t.heads))
	for i, head := range t.heads {
		widths[i] = utf8.RuneCountInString(head)
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	return widths
}

func (t *Table) line(b *strings.Builder, widths []int, cells []string) {
	var line strings.Builder
	for i, cell := range cells {
		if i > 0 {
			line.WriteString(columnGap)
		}
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.words[i] {
			line.WriteString(cell + pad)
		} else {
			line.WriteString(pad + cell)
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " "))
	b.WriteByte('\n')
}

func isNumber(cell any) bool {
	switch cell.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, time.Duration:
		return true
	}
	return false
}

// Printable is text that keeps to its line: control characters, which could move a terminal's cursor, are dots.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '.'
		}
		return r
	}, s)
}
