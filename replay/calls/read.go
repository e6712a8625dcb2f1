package calls

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Limits of a file, generous for a city's year and small beside a machine's memory.
const (
	maxBytes = 1 << 30
	maxRows  = 2_000_000
)

// Read reads a file of calls and the span that it covers. The calls are in the order of their receipt; the rows of
// one call need not be neighbours. An error names the line and what is wrong with it.
func Read(r io.Reader) ([]Call, Span, error) {
	limited := &io.LimitedReader{R: r, N: maxBytes + 1}
	rows := csv.NewReader(limited)
	rows.FieldsPerRecord = -1 // a row that ends early leaves its last columns blank
	rows.ReuseRecord = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, Span{}, errors.New("line 1: the file is empty")
	}
	if err != nil {
		return nil, Span{}, fmt.Errorf("read the header: %w", err)
	}
	l, err := layoutOf(header)
	if err != nil {
		return nil, Span{}, err
	}
	calls, err := group(rows, l)
	if err != nil {
		return nil, Span{}, err
	}
	if limited.N <= 0 {
		return nil, Span{}, fmt.Errorf("the file is over %d bytes", maxBytes)
	}
	return calls, SpanOf(calls), nil
}

// group reads the rows and gathers them by call.
func group(rows *csv.Reader, l layout) ([]Call, error) {
	var calls []Call
	index := map[string]int{}
	for n := 0; ; n++ {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read a row: %w", err) // csv's errors carry the line
		}
		line, _ := rows.FieldPos(0)
		if n >= maxRows {
			return nil, fmt.Errorf("line %d: the file has over %d rows", line, maxRows)
		}
		row, err := l.row(record)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if i, ok := index[row.ID]; ok {
			calls[i].join(row)
			continue
		}
		index[row.ID] = len(calls)
		calls = append(calls, row)
	}
	slices.SortStableFunc(calls, func(a, b Call) int { return a.Received.Compare(b.Received) })
	return calls, nil
}

// join adds a further row of the same call. What the first rows left blank is filled in.
func (c *Call) join(row Call) {
	c.Units = append(c.Units, row.Units...)
	if row.Received.Before(c.Received) {
		c.Received = row.Received
	}
	if c.Type == "" {
		c.Type = row.Type
	}
	if c.District == "" {
		c.District = row.District
	}
	if c.Location == "" {
		c.Location = row.Location
	}
	if !c.Located {
		c.Lat, c.Lon, c.Located = row.Lat, row.Lon, row.Located
	}
}
