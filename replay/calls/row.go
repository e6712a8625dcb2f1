package calls

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// row reads one record as a call with one unit.
func (l layout) row(record []string) (Call, error) {
	id := l.get(record, colCall)
	if id == "" {
		return Call{}, errors.New("call_id is blank")
	}
	t, err := l.times(record)
	if err != nil {
		return Call{}, err
	}
	received, unit, err := mend(t)
	if err != nil {
		return Call{}, err
	}
	unit.CallSign = l.get(record, colUnit)
	call := Call{
		ID:       id,
		Type:     l.get(record, colType),
		Priority: priority(l.get(record, colPriority), l.get(record, colPriorityFirst)),
		Location: l.get(record, colLocation),
		District: l.get(record, colDistrict),
		Received: received,
		Units:    []Unit{unit},
	}
	call.Lat, call.Lon, call.Located = position(l.get(record, colLat), l.get(record, colLon))
	return call, nil
}

// times are the recorded times of a row, in the order of a task's life.
func (l layout) times(record []string) ([5]time.Time, error) {
	var t [5]time.Time
	columns := known()
	for i, c := range [5]int{colReceived, colDispatch, colOnRoute, colOnScene, colClear} {
		s := l.get(record, c)
		if s == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return t, fmt.Errorf("%s is not a time as RFC 3339 writes it, such as 2017-01-01T00:00:00-08:00", columns[c].names[0])
		}
		t[i] = at
	}
	return t, nil
}

// mend makes the recorded times a possible life of a task. A missing receipt or dispatch is the earliest time known;
// a step before its predecessor moves to it; an arrival after the clearing is an arrival at the clearing, which is the
// time that a dispatcher typed.
func mend(t [5]time.Time) (received time.Time, u Unit, err error) {
	for _, at := range t {
		if !at.IsZero() && (received.IsZero() || at.Before(received)) {
			received = at
		}
	}
	if received.IsZero() {
		return received, u, errors.New("received_at and every other time are blank")
	}
	if !t[0].IsZero() {
		received = t[0]
	}
	u.Dispatched = latest(received, t[1])
	u.Cleared = notBefore(t[4], u.Dispatched)
	u.OnRoute = notAfter(notBefore(t[2], u.Dispatched), u.Cleared)
	u.OnScene = notAfter(notBefore(t[3], latest(u.Dispatched, u.OnRoute)), u.Cleared)
	return received, u, nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// notBefore moves a recorded time up to a bound. Not recorded stays so.
func notBefore(t, bound time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return latest(t, bound)
}

// notAfter moves a recorded time down to a bound, where there is one.
func notAfter(t, bound time.Time) time.Time {
	if bound.IsZero() || !t.After(bound) {
		return t
	}
	return bound
}

// priority reads the codes of docs/REPLAY.md, the final one first. What is not known is medium.
func priority(codes ...string) Priority {
	for _, code := range codes {
		switch strings.ToLower(code) {
		case "3", "a", "e", "high":
			return High
		case "2", "b", "medium":
			return Medium
		case "1", "c", "low":
			return Low
		}
	}
	return Medium
}

// position reads a pair of coordinates. A malformed or impossible one is as good as none.
func position(lat, lon string) (float64, float64, bool) {
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil || !(y >= -90 && y <= 90) {
		return 0, 0, false
	}
	x, err := strconv.ParseFloat(lon, 64)
	if err != nil || !(x >= -180 && x <= 180) {
		return 0, 0, false
	}
	return y, x, true
}
