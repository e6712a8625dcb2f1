package sync

import (
	"officermobile/models"
	"officermobile/models/record"
)

// keptEvents is how many applied events stay in memory at least, for those who follow the log on this node: several
// seconds of a busy one, about half a megabyte.
const keptEvents = 1024

// latestEvents are the newest applied events, in order and without a gap.
type latestEvents struct{ events []models.Event }

// add takes applied events. What was handed out before stays as it is: the older half leaves with a new array.
func (l *latestEvents) add(events []models.Event) {
	l.events = append(l.events, events...)
	if n := len(l.events); n > 2*keptEvents {
		l.events = append(make([]models.Event, 0, 2*keptEvents+record.MaxEvents), l.events[n-keptEvents:]...)
	}
}

// Latest returns applied events behind a position, at most limit, from memory; false if the first of them has left it.
// Not to be changed.
func (g *Agency) Latest(after record.Seq, limit int) ([]models.Event, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	all := g.latest.events
	if after >= g.tip.Seq {
		return nil, true
	}
	if len(all) == 0 || after+1 < all[0].Seq {
		return nil, false
	}
	from := int(after + 1 - all[0].Seq)
	to := min(from+limit, len(all))
	return all[from:to:to], true
}
