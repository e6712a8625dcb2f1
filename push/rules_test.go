package push_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
)

// Limits that the oracle holds rings to, as docs/PUSH.md has them.
const (
	owedWithin   = 6 * time.Minute  // whatever is owed has rung: the longest window, several failures, a device that was rung too fast
	urgentWorth  = 10 * time.Minute // of an urgent message
	window       = 3 * time.Second
	longWindow   = 15 * time.Second // after five rings in a row
	inRow        = 5
	summaryLeast = 6
	rested       = 80 * time.Second // past the longest window and the rest after it
	settled      = 5 * time.Minute  // without a fault, after which nothing waits for the provider
	promptly     = 1500 * time.Millisecond
)

// owed: a message rings a device that nobody looked at, that kept its address, and whose user neither read, muted nor
// acknowledged it meanwhile; and at once where nothing stands in its way.
func (a *account) owed(t *testing.T, d *handset, rings []rung) {
	t.Helper()
	for _, m := range a.items {
		until := a.latest(m.at)
		if !a.undisturbed(d, m, until) || m.urgent && until.Sub(m.at) > urgentWorth {
			continue
		}
		i := slices.IndexFunc(rings, func(r rung) bool { return r.outcome == push.Accepted && !r.at.Before(m.at) && d.mayTell(r, m) })
		switch {
		case i < 0 || rings[i].at.After(until):
			t.Errorf("%s: no ring for event %d of %v, urgent %v", d.id.Hex()[8:12], m.seq, m.at.Sub(a.began), m.urgent)
		case a.unhindered(d, m, rings) && rings[i].left.Sub(m.at) > promptly:
			t.Errorf("%s: event %d of %v, urgent %v, rang after %v", d.id.Hex()[8:12], m.seq, m.at.Sub(a.began), m.urgent, rings[i].left.Sub(m.at))
		}
	}
}

// latest is when a message of a time must have rung: later than that, if the provider or the process is down meanwhile.
func (a *account) latest(at time.Time) time.Time {
	until := at.Add(owedWithin)
	for _, s := range a.weather {
		if s.down && s.from.Before(until) && s.to.After(at) {
			until = s.to.Add(owedWithin)
		}
	}
	return until
}

// undisturbed reports that from a message until a time nothing gave a reason not to ring.
func (a *account) undisturbed(d *handset, m *item, until time.Time) bool {
	within := func(at time.Time) bool { return !at.Before(m.at) && at.Before(until) }
	if m.author == d.user || !a.member(m.chat, d.user) || d.looked(m.at, until) || !d.boundAt(m.at) || d.rebound(m.at, until) {
		return false
	}
	if at, ok := m.acks[d.user]; m.urgent {
		return !ok || !at.Before(until)
	}
	return !slices.ContainsFunc(a.reads, func(r reading) bool { return r.user == d.user && r.chat == m.chat && within(r.at) }) &&
		!a.muted(m.chat, d.user, m.at) && !slices.ContainsFunc(a.mutes, func(x muting) bool { return x.user == d.user && x.chat == m.chat && within(x.at) })
}

// unhindered reports that the conversation rested, and that neither provider nor process gave any trouble.
func (a *account) unhindered(d *handset, m *item, rings []rung) bool {
	if a.started(m.at.Add(-rested), m.at.Add(promptly)) {
		return false
	}
	for _, l := range a.lives {
		if l.from.Before(m.at) && !l.to.IsZero() && l.to.Before(m.at.Add(promptly)) && !a.started(l.to, m.at) || within(l.died, m.at.Add(-promptly), m.at.Add(promptly)) {
			return false
		}
	}
	for _, s := range a.weather {
		if s.from.Before(m.at.Add(promptly)) && s.to.Add(settled).After(m.at) {
			return false
		}
	}
	lately := 0
	for _, r := range rings {
		if r.left.Before(m.at) && m.at.Sub(r.left) < time.Hour {
			lately++
		}
		if d.mayTell(r, m) && r.left.Before(m.at) && m.at.Sub(r.at) < rested {
			return false
		}
	}
	return lately < 30
}

func within(at, from, to time.Time) bool { return !at.Before(from) && !at.After(to) }

// Every device has the same secret here, so that the oracle can tell what a ring is about.
func tagOf(id record.UUID) push.Tag { return push.TagOf(oneSecret, id) }

// sums reports a ring for many conversations.
func (d *handset) sums(r rung) bool { return r.class == push.Message && r.tag == d.many }

// mayTell reports a ring that may be about a message.
func (d *handset) mayTell(r rung, m *item) bool {
	return m.urgent == (r.class == push.Emergency) && (r.tag == m.tag || !m.urgent && d.sums(r))
}

// judged goes through the requests to one device in their order.
type judged struct {
	*account
	t    *testing.T
	d    *handset
	done []rung
	told map[*item]rung        // what the device was told for sure, and by which ring
	may  map[*item]bool        // what it may have been told
	ids  map[*item]record.UUID // of urgent messages
}

func (j *judged) all(rings []rung) {
	for _, r := range rings {
		j.one(r)
		if r.outcome == push.Accepted {
			j.tells(r)
		}
		j.done = append(j.done, r)
	}
}

func (j *judged) one(r rung) {
	bad := func(format string, args ...any) {
		j.t.Helper()
		j.t.Errorf("%s at %v, %s %s: "+format, append([]any{j.d.id.Hex()[8:12], r.left.Sub(j.began), r.class, j.name(r)}, args...)...)
	}
	about := j.about(r)
	switch {
	case !j.d.boundAt(r.left):
		bad("the device has no address")
	case len(about) == 0:
		bad("without reason")
	case j.d.sums(r) && len(about) < summaryLeast:
		bad("one ring for %d conversations", len(about))
	case r.badge != r.unread:
		bad("badge %d, and %d are unread", r.badge, r.unread)
	case r.passive != (j.d.offDuty && r.class < push.Emergency):
		bad("passive %v", r.passive)
	case j.repeats(r):
		bad("the device has it already")
	case r.class == push.Message && !j.d.sums(r) && j.crowd(r) >= summaryLeast:
		bad("%d conversations were due", j.crowd(r))
	case j.tooSoon(r):
		bad("too soon after the last")
	case j.renamed(r, about[0]):
		bad("another id")
	}
}

// name says what a ring is about.
func (j *judged) name(r rung) string {
	for i, c := range j.chats {
		if r.tag == c.tag {
			return "chat " + string(rune('a'+i))
		}
	}
	if j.d.sums(r) {
		return "summary"
	}
	return ""
}

// about lists the oldest message of each conversation that gives a reason for a ring.
func (j *judged) about(r rung) (all []*item) {
	for _, m := range j.items {
		if !slices.ContainsFunc(all, func(o *item) bool { return o.chat == m.chat }) && j.d.mayTell(r, m) && j.reason(m, r) {
			all = append(all, m)
		}
	}
	return all
}

// reason reports a message that the device must ring about now, if it is due: nobody has read, muted or acknowledged it,
// it was not told, and was not seen, nor may still be about to be.
func (j *judged) reason(m *item, r rung) bool {
	u, is := j.d.user, j.d.as(r.left)
	if m.author == u || !j.member(m.chat, u) || m.at.After(r.left) || j.knows(m, r) {
		return false
	}
	if is.looking && (is.confirmed >= m.seq || r.left.Before(maxOf(j.noticed(m, r.left), is.since).Add(patience(m.urgent)))) {
		return false
	}
	if at, ok := m.acks[u]; m.urgent {
		return !ok || !at.Before(r.left)
	}
	return !j.read(m, u, r.left) && !j.muted(m.chat, u, r.left)
}

// noticed is from when on a device that is looked at may have had its time for a message: from the oldest that it let run
// out and was not heard since, when the message came or later.
func (j *judged) noticed(m *item, by time.Time) time.Time {
	at := m.at
	for _, o := range j.items {
		if o.at.Before(at) && o.author != j.d.user && j.member(o.chat, j.d.user) && (j.ranOut(o, o.at, m.at, by) || j.ranOut(o, j.lastStart(by), m.at, by)) {
			at = o.at
		}
	}
	return at
}

// ranOut reports that a wait which began at a time, or when the device was taken out after it, was over by another, and
// that the device was not heard from then until a message came.
func (j *judged) ranOut(o *item, began, until, by time.Time) bool {
	return slices.ContainsFunc(j.d.doings, func(is doing) bool {
		over := maxOf(maxOf(o.at, began), is.since).Add(patience(o.urgent))
		return is.looking && o.seq > is.confirmed && j.d.as(over).at.Equal(is.at) && !over.After(by) && !j.d.heard(over.Add(pollSlack), until)
	})
}

// knows reports that the device was told of a message. A ring that the process did not live to settle may come again: under
// its id, which the device drops, or what it told of together with what came since.
func (j *judged) knows(m *item, r rung) bool {
	by, ok := j.told[m]
	return ok && !(j.started(by.left, r.left) && (by.id == r.id || j.lost(by)))
}

// repeats reports a copy of what was taken, though nothing was forgotten.
func (j *judged) repeats(r rung) bool {
	return slices.ContainsFunc(j.done, func(o rung) bool {
		return o.id == r.id && o.step == r.step && o.outcome == push.Accepted && !j.lost(o)
	})
}

// renamed reports an urgent message under a second id.
func (j *judged) renamed(r rung, m *item) bool {
	if !m.urgent {
		return false
	}
	if _, ok := j.ids[m]; !ok {
		j.ids[m] = r.id
	}
	return j.ids[m] != r.id
}

// crowd counts the conversations that are surely due: nothing disturbed them, and none waits for its window or a retry.
func (j *judged) crowd(r rung) (n int) {
	for _, c := range j.chats {
		busy := slices.ContainsFunc(j.done, func(o rung) bool {
			return r.left.Sub(o.at) < rested && o.class == push.Message && (o.tag == c.tag || j.d.sums(o))
		})
		due := slices.ContainsFunc(j.items, func(m *item) bool {
			return m.chat == c.id && !m.urgent && !j.may[m] && maxOf(m.at, j.lastStart(r.left)).Before(r.left) && j.reason(m, r) && !j.d.looked(m.at, r.left) &&
				!j.d.rebound(m.at, r.left) && !j.muted(m.chat, j.d.user, m.at) && j.d.boundAt(m.at) && !j.unmutedSince(m, r.left)
		})
		if due && !busy {
			n++
		}
	}
	return n
}

// unmutedSince reports that somebody changed their mind about a conversation.
func (j *judged) unmutedSince(m *item, by time.Time) bool {
	return slices.ContainsFunc(j.mutes, func(x muting) bool { return x.user == j.d.user && x.chat == m.chat && within(x.at, m.at, by) })
}

// tooSoon reports a ring of a conversation within the window after the last, and the sixth in a row within the longer one.
func (j *judged) tooSoon(r rung) bool {
	if r.class != push.Message || j.d.sums(r) {
		return false
	}
	row, next := 0, r
	for _, o := range slices.Backward(j.done) {
		if o.tag != r.tag || o.outcome != push.Accepted || o.id == next.id {
			continue
		}
		if j.started(o.left, r.left) || j.d.rebound(o.left, r.left) {
			return false
		}
		if next.left.Sub(o.at) < window {
			return true
		}
		if next.left.Sub(o.at) >= longWindow {
			return false
		}
		if row++; row > inRow {
			return true
		}
		next = o
	}
	return false
}

// tells notes what a ring that was taken tells of.
func (j *judged) tells(r rung) {
	for _, c := range j.chats {
		oldest := j.oldest(c.id, r)
		for _, m := range j.items {
			j.may[m] = j.may[m] || j.d.mayTell(r, m) && !m.at.After(r.at)
			if m.chat == c.id && j.d.mayTell(r, m) && (!j.d.sums(r) || j.reason(m, r)) && j.covered(m, oldest, r) {
				j.told[m] = r
			}
		}
	}
}

// oldest is the first message of a conversation that nobody told the device of.
func (j *judged) oldest(c models.ConversationID, r rung) *item {
	i := slices.IndexFunc(j.items, func(m *item) bool {
		_, told := j.told[m]
		return m.chat == c && !m.urgent && m.author != j.d.user && !told && !j.read(m, j.d.user, r.left) && m.at.Before(r.left)
	})
	if i < 0 {
		return nil
	}
	return j.items[i]
}

// covered reports a message that is surely in a ring: it was due when that left, or waited together with the one that was.
func (j *judged) covered(m, oldest *item, r rung) bool {
	if m.urgent {
		return true
	}
	if j.d.sums(r) && j.waits(m, r) {
		return false
	}
	noticed := maxOf(m.at, j.lastStart(r.left))
	if !j.d.as(noticed).looking {
		return noticed.Before(r.left)
	}
	if j.d.putAway(noticed, r.left.Add(-pollSlack)) || noticed.Add(patience(false)+pollSlack).Before(r.left) {
		return true
	}
	if oldest == nil || j.failed(oldest, r) {
		return false
	}
	first := maxOf(oldest.at, j.lastStart(r.left))
	return j.d.stared(oldest, first, r.left) && !noticed.After(first.Add(patience(false))) && !r.left.Before(first.Add(patience(false)))
}

// failed reports that a ring of a conversation is being tried again: what comes meanwhile waits on its own.
func (j *judged) failed(oldest *item, r rung) bool {
	return slices.ContainsFunc(j.done, func(o rung) bool {
		return o.tag == oldest.tag && o.outcome != push.Accepted && !o.left.Before(oldest.at) && o.left.Before(r.left)
	})
}

// waits reports a conversation that may not go along with others: it rang just now, or failed.
func (j *judged) waits(m *item, r rung) bool {
	return slices.ContainsFunc(j.done, func(o rung) bool {
		return o.class == push.Message && r.left.Sub(o.at) < rested && (o.tag == m.tag || j.d.sums(o))
	})
}
