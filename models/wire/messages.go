package wire

import (
	"errors"
	"slices"

	"officermobile/models"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Messages is a run of a conversation's timeline, in order of n. It travels as
//
//	{"t": 1790000000000, "a": ["author", ...], "r": [[n, "id", author index, ms after the row before, "text", {extra}], ...]}
//
// where the first row's time is relative to t, and extra is left out when there is nothing to say.
type Messages []Message

// Message is a row of a timeline: a message, or a notice.
type Message struct {
	N      uint32
	ID     models.MessageID // zero for a notice
	Author models.UserID
	At     int64 // server time, milliseconds since 1970
	Text   string
	Extra  Extra
}

// Extra is what most rows don't have.
type Extra struct {
	Urgent   bool          `json:"u,omitzero"`
	DeviceAt int64         `json:"w,omitzero"` // when it was written by the device's clock, if over a minute from At
	AgeMS    int64         `json:"age,omitzero"`
	Notice   models.Notice `json:"k,omitzero"`
	Subject  models.UserID `json:"s,omitzero"` // whom the notice is about
}

// shownSkew is the difference of device and server time from which both are shown.
const shownSkew = 60_000

// MessageOf renders a timeline row.
func MessageOf(r *models.Entry) Message {
	m := Message{N: r.N, ID: r.ID, Author: r.Author, At: r.At.Millis(), Text: r.Text}
	m.Extra = Extra{Urgent: r.Urgent, Notice: r.Notice, Subject: r.Subject}
	m.Extra.DeviceAt, m.Extra.AgeMS = skewed(r.Claims, m.At)
	return m
}

// skewed is what a device claims of the time, where that is off by enough to be shown.
func skewed(c models.Claims, serverAt int64) (deviceAt, ageMS int64) {
	if at := c.DeviceAt; at != 0 && (at-serverAt > shownSkew || serverAt-at > shownSkew) {
		deviceAt = at
	}
	if c.AgeMS > shownSkew {
		ageMS = c.AgeMS
	}
	return deviceAt, ageMS
}

// MessagesOf renders a run of timeline rows.
func MessagesOf(rows []*models.Entry) Messages {
	ms := make(Messages, len(rows))
	for i, r := range rows {
		ms[i] = MessageOf(r)
	}
	return ms
}

// MarshalJSONTo writes the compact form.
func (ms Messages) MarshalJSONTo(enc *jsontext.Encoder) error {
	var authors []models.UserID
	var before int64
	if len(ms) > 0 {
		before = ms[0].At
	}
	w := writer{enc: enc}
	w.token(jsontext.BeginObject, jsontext.String("t"), jsontext.Int(before), jsontext.String("r"), jsontext.BeginArray)
	for _, m := range ms {
		i := slices.Index(authors, m.Author)
		if i < 0 {
			i = len(authors)
			authors = append(authors, m.Author)
		}
		w.token(jsontext.BeginArray, jsontext.Uint(uint64(m.N)), jsontext.String(m.ID.String()), jsontext.Int(int64(i)),
			jsontext.Int(m.At-before), jsontext.String(m.Text))
		if m.Extra != (Extra{}) {
			w.value(m.Extra)
		}
		w.token(jsontext.EndArray)
		before = m.At
	}
	w.token(jsontext.EndArray, jsontext.String("a"))
	w.value(authors)
	w.token(jsontext.EndObject)
	return w.err
}

// writer keeps the first error, so that writing reads as a list.
type writer struct {
	enc *jsontext.Encoder
	err error
}

func (w *writer) token(tokens ...jsontext.Token) {
	for _, t := range tokens {
		if w.err == nil {
			w.err = w.enc.WriteToken(t)
		}
	}
}

func (w *writer) value(v any) {
	if w.err == nil {
		w.err = json.MarshalEncode(w.enc, v)
	}
}

var errRow = errors.New("a timeline row is [n, id, author index, ms, text, extra]")

// UnmarshalJSON reads the compact form.
func (ms *Messages) UnmarshalJSON(b []byte) error {
	var run struct {
		T       int64              `json:"t"`
		Authors []models.UserID    `json:"a"`
		Rows    [][]jsontext.Value `json:"r"`
	}
	if err := json.Unmarshal(b, &run); err != nil {
		return err
	}
	*ms = make(Messages, 0, len(run.Rows))
	at := run.T
	for _, row := range run.Rows {
		m, author, after, err := readRow(row)
		if err != nil {
			return err
		}
		if author < 0 || author >= len(run.Authors) {
			return errRow
		}
		at += after
		m.At, m.Author = at, run.Authors[author]
		*ms = append(*ms, m)
	}
	return nil
}

func readRow(row []jsontext.Value) (m Message, author int, after int64, err error) {
	if len(row) < 5 {
		return m, 0, 0, errRow
	}
	targets := []any{&m.N, &m.ID, &author, &after, &m.Text, &m.Extra}
	for i, v := range row[:min(len(row), len(targets))] {
		if err := json.Unmarshal(v, targets[i]); err != nil {
			return m, 0, 0, errRow
		}
	}
	return m, author, after, nil
}
