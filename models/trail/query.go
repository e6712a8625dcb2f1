package trail

import "officermobile/models"

// Query says which lines are wanted. The zero Query wants all.
type Query struct {
	From, To int64         // microseconds since 1970, From included, To not; 0: no bound
	User     models.UserID // who did it, or to whom it was done
	What     string
	Outcome  string // "ok", a code, or "refused" for all but ok
	Before   uint32 // numbers below; 0: from the newest
	Limit    int
}

// Page is lines that a Query wanted, the newest first.
type Page struct {
	Entries []Entry
	Next    uint32 // Before of the next page; 0 when there is none
}

// Refused is the outcome to ask for when every failure is wanted.
const Refused = "refused"

// Wants reports whether a line is wanted, numbers and times apart.
func (q Query) Wants(e Entry) bool {
	if q.What != "" && q.What != e.What {
		return false
	}
	if q.Outcome == Refused && e.Outcome == OK || q.Outcome != "" && q.Outcome != Refused && q.Outcome != e.Outcome {
		return false
	}
	return q.User.IsZero() || q.User == e.User || e.about(q.User.String())
}

func (e Entry) about(id string) bool {
	for _, o := range e.Objects {
		if o.ID == id {
			return true
		}
	}
	return false
}
