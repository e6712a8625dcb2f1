package trail

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Columns are the names of a line's columns in CSV, in order.
func Columns() []string {
	return []string{"n", "at", "user_id", "device_id", "session_id", "key_id", "what", "objects", "outcome", "why", "status",
		"seq", "remote", "request_id", "agent", "bytes_in", "bytes_out", "micros", "ori", "forgotten", "way", "filters", "hits"}
}

// WriteCSV writes lines under a row of column names (RFC 4180). Times are RFC 3339 in UTC with microseconds.
func WriteCSV(w io.Writer, entries []Entry) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(Columns()); err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.Write(e.cells()); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func (e Entry) cells() []string {
	objects := make([]string, len(e.Objects))
	for i, o := range e.Objects {
		objects[i] = o.Kind + ":" + o.ID
	}
	cells := []string{
		number(int64(e.N)), e.At.UTC().Format("2006-01-02T15:04:05.000000Z"), e.User.String(), e.Device.String(),
		e.Session.String(), e.Key, e.What, strings.Join(objects, " "), e.Outcome, e.Why, number(int64(e.Status)),
		number(int64(e.Seq)), e.Remote, e.Request, e.Agent, number(e.BytesIn), number(e.BytesOut), number(e.Micros), e.ORI,
		number(int64(e.Forgotten)), e.Way, strings.Join(e.Filters, " "), number(int64(e.Hits)),
	}
	for i := range cells {
		cells[i] = Harmless(cells[i])
	}
	return cells
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// Harmless is a cell that no spreadsheet takes for a formula: one that starts like one gets an apostrophe in front
// (OWASP, CSV injection). An id may start with '-', so it too is looked at.
func Harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// WriteNDJSON writes each line as a JSON object on a line of its own.
func WriteNDJSON(w io.Writer, entries []Entry) error {
	for _, e := range entries {
		line, err := json.Marshal(e, json.Deterministic(true))
		if err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}
