package records

import (
	"cmp"
	"fmt"
	"slices"

	"officermobile/models"
)

// Shift is the span from reporting for duty to going off duty.
type Shift struct {
	User     models.UserID `json:"user"`
	Zone     models.ZoneID `json:"zone"`
	Team     models.TeamID `json:"team"`
	CallSign string        `json:"call_sign"`
	On       models.Micros `json:"on"` // no two events of a log have one time, so that it is the shift's name too
	OnBy     models.UserID `json:"on_by"`
	Off      models.Micros `json:"off,omitzero"` // 0: still on
	OffBy    models.UserID `json:"off_by,omitzero"`
}

// readDuty follows who is on duty. A shift is kept once it has ended; until then it is with those who are on duty.
func (b *block) readDuty(e models.Event) {
	switch body := e.Body.(type) {
	case *models.DutyOn:
		if b.onDuty[body.User] == nil {
			b.onDuty[body.User] = &Shift{
				User: body.User, Zone: body.Zone, Team: body.Team, CallSign: body.CallSign, On: e.At, OnBy: e.Actor,
			}
		}
	case *models.DutyOff:
		on := b.onDuty[body.User]
		if on == nil {
			return
		}
		ended := *on
		ended.Off, ended.OffBy = e.At, e.Actor
		delete(b.onDuty, body.User)
		b.shifts = append(b.shifts, ended)
	}
}

// The runs of rows that shifts lie in, each from the latest beginning to the earliest.
const allShifts = "s/"

func shiftsOf(u models.UserID) string { return "su" + u.Hex() + "/" }
func shiftsIn(z models.ZoneID) string { return "sz" + z.Hex() + "/" }

func (s *Shift) rows() []string { return []string{allShifts, shiftsOf(s.User), shiftsIn(s.Zone)} }

// key is the end of a shift's id in each run.
func (s *Shift) key() string { return descendingTime(s.On) }

func descendingTime(at models.Micros) string { return fmt.Sprintf("%016x", ^uint64(at)) }

// known are the shifts that are not in rows yet, the latest beginning first.
func (b *block) known() []Shift {
	all := slices.Clone(b.shifts)
	for _, s := range b.onDuty {
		all = append(all, *s)
	}
	slices.SortFunc(all, laterFirst)
	return all
}

func laterFirst(a, b Shift) int { return cmp.Compare(b.On, a.On) }
