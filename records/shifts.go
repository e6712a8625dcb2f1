package records

import (
	"context"
	"fmt"
	"math"
	"slices"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

const (
	// shiftsAtOnce is how many rows of shifts are read at once.
	shiftsAtOnce = 64
	// maxShiftRows bounds what one request goes through for somebody who asks for one of many. All of it is theirs to see.
	maxShiftRows = 4000
)

// Shifts lists the shifts that the caller may see now, the latest beginning first: administrators all, dispatchers those
// in their operational zones, everybody their own.
func (s *Service) Shifts(ctx context.Context, who wire.Caller, q wire.ShiftQuery) (wire.Shifts, error) {
	page := wire.Shifts{Shifts: []wire.Shift{}}
	before := models.Micros(math.MaxInt64)
	if q.To != 0 {
		before = q.To
	}
	if q.Cursor != "" {
		at, err := decodeCursor(q.Cursor)
		if err != nil {
			return page, err
		}
		before = min(before, models.Micros(min(at, math.MaxInt64)))
	}
	a, behind, err := s.asker(ctx, who)
	if err != nil {
		return page, err
	}
	page.Behind = behind
	var theirs shiftAccess
	if err := s.sight.View(ctx, who.Agency, func(st *models.State) { theirs = accessOf(st, who.User) }); err != nil {
		return page, err
	}
	m := a.index.shiftRuns(theirs.runs(q), before)
	for rows := 0; ; rows++ {
		h, err := m.next(ctx)
		if err != nil || h == nil || h.On < q.From {
			return page, err
		}
		if len(page.Shifts) == q.Limit || rows == maxShiftRows {
			page.Next = encodeCursor(uint64(h.On) + 1)
			return page, nil
		}
		if theirs.sees(h) && (q.User.IsZero() || q.User == h.User) && (q.Zone.IsZero() || q.Zone == h.Zone) {
			page.Shifts = append(page.Shifts, h.wire())
		}
	}
}

func (s *Shift) wire() wire.Shift {
	return wire.Shift{
		User: s.User, Zone: s.Zone, Team: s.Team, CallSign: s.CallSign, On: s.On.Millis(), OnBy: s.OnBy, Off: s.Off.Millis(), OffBy: s.OffBy,
	}
}

// shiftAccess is whose shifts somebody may see.
type shiftAccess struct {
	all   bool
	self  models.UserID
	zones []models.ZoneID
}

func accessOf(s *models.State, id models.UserID) shiftAccess {
	u := s.User(id)
	if u == nil || !u.Active {
		return shiftAccess{}
	}
	a := shiftAccess{self: id, all: u.Types.Any(models.Administrator)}
	if u.Types.Any(models.Dispatcher) {
		a.zones = u.Zones
	}
	return a
}

func (a shiftAccess) sees(h *Shift) bool {
	return a.all || !a.self.IsZero() && h.User == a.self || slices.Contains(a.zones, h.Zone)
}

// runs are the runs of rows to go through: none has a row that may not be seen, so that where a page ends tells nothing.
func (a shiftAccess) runs(q wire.ShiftQuery) []string {
	switch {
	case a.self.IsZero():
		return nil
	case a.all && !q.User.IsZero():
		return []string{shiftsOf(q.User)}
	case a.all && !q.Zone.IsZero():
		return []string{shiftsIn(q.Zone)}
	case a.all:
		return []string{allShifts}
	}
	names := []string{shiftsOf(a.self)}
	for _, z := range a.zones {
		if q.Zone.IsZero() || q.Zone == z {
			names = append(names, shiftsIn(z))
		}
	}
	return names
}

// shiftMerge goes through runs of shifts side by side, the latest beginning first, each shift once.
type shiftMerge struct {
	runs []*shiftRun
	last models.Micros
}

// shiftRun is one run, read a page at a time.
type shiftRun struct {
	docs   store.Documents
	prefix string
	before models.Micros
	page   []Shift
	ended  bool
}

// shiftRuns begins with what is not in rows yet.
func (x *index) shiftRuns(names []string, before models.Micros) *shiftMerge {
	x.mu.RLock()
	fresh := x.open.known()
	x.mu.RUnlock()
	fresh = slices.DeleteFunc(fresh, func(s Shift) bool {
		return s.On >= before || !slices.ContainsFunc(s.rows(), func(name string) bool { return slices.Contains(names, name) })
	})
	m := &shiftMerge{runs: []*shiftRun{{page: fresh, ended: true}}, last: math.MaxInt64}
	for _, name := range names {
		m.runs = append(m.runs, &shiftRun{docs: x.docs, prefix: x.prefix + name, before: before})
	}
	return m
}

// next is the next shift, nil at the end.
func (m *shiftMerge) next(ctx context.Context) (*Shift, error) {
	var latest *Shift
	for _, r := range m.runs {
		h, err := r.behind(ctx, m.last)
		if err != nil {
			return nil, err
		}
		if h != nil && (latest == nil || h.On > latest.On) {
			latest = h
		}
	}
	if latest != nil {
		m.last = latest.On
	}
	return latest, nil
}

// behind is the latest shift of a run that began before a time.
func (r *shiftRun) behind(ctx context.Context, at models.Micros) (*Shift, error) {
	for {
		for len(r.page) > 0 && r.page[0].On >= at {
			r.page = r.page[1:]
		}
		if len(r.page) > 0 {
			return &r.page[0], nil
		}
		if r.ended {
			return nil, nil
		}
		if err := r.read(ctx); err != nil {
			return nil, err
		}
	}
}

func (r *shiftRun) read(ctx context.Context) error {
	rows, err := r.docs.List(ctx, kindIndex, r.prefix, r.prefix+descendingTime(r.before), shiftsAtOnce)
	if err != nil {
		return fmt.Errorf("read shifts: %w", err)
	}
	r.ended = len(rows) < shiftsAtOnce
	for _, d := range rows {
		var h Shift
		if json.Unmarshal(d.Body, &h) != nil {
			return errDamaged
		}
		r.page = append(r.page, h)
		r.before = h.On
	}
	return nil
}
