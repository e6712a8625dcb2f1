package sync

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// Times of a stream.
const (
	heartbeat    = 25 * time.Second      // of silence, +- 20 %: under the 30 s after which proxies cut, over what wakes a radio
	markEvery    = 4 * time.Minute       // a new position for who has nothing to do with what happens: under 5 minutes
	recheckEvery = 30 * time.Second      // of access
	nowEvery     = time.Second           // between two frames of presence
	placesEvery  = 2 * time.Second       // the same after one with positions: a map that moves in smaller steps drains batteries
	pageRest     = 10 * time.Millisecond // after a page: what comes meanwhile shares the next; nobody sees the difference
	retryPage    = time.Second           // after a page that could not be made
)

// nowAtOnce is how many users one frame of presence tells of, those who changed first; the next tells of the rest. It is
// 30 KB, so that no message waits behind a thousand positions on a thin line.
const nowAtOnce = 200

var errTooManyStreams = retryLater("too_many_streams", "This server has as many streams as it can have.", 5000)

// Live writes a stream's frames until ctx ends, write fails, or it has said bye; then the error is nil. Before the first
// frame it may refuse: ErrInactive, or KindUnavailable at the node's limit and while it drains. Only the calling
// goroutine calls write.
func (s *Service) Live(ctx context.Context, who wire.Caller, req wire.LiveRequest, write func(wire.Frame) error) error {
	g, err := s.agencies.Agency(ctx, who.Agency)
	if err != nil {
		return err
	}
	if err := s.admit(g, who); err != nil {
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.streams.Add(-1)
	h := s.hub(g)
	st := h.open(who)
	defer h.close(st)
	l := &live{
		s: s, g: g, h: h, st: st, write: write,
		ask: newAsk(who, req.Window, 0), pos: s.open(ctx, g, who, req.Token, req.Schema),
	}
	return l.run(ctx)
}

// enter counts a stream in.
func (s *Service) enter() error {
	select {
	case <-s.draining:
		return retryLater("draining", "This server is about to stop.", int(s.retryMS.Load()))
	default:
	}
	if s.streams.Add(1) > int64(s.maxStreams) {
		s.streams.Add(-1)
		return errTooManyStreams
	}
	return nil
}

// live is a stream at work: where its device is, and when what is due.
type live struct {
	s     *Service
	g     *Agency
	h     *hub
	st    *stream
	write func(wire.Frame) error
	ask   ask
	pos   position

	unsaid  bool      // pos is newer than what the device was told
	again   time.Time // when to try a page again that could not be made; zero for never
	silence time.Time // when the next heartbeat is due
	mark    time.Time
	recheck time.Time
	now     time.Time // when a frame of presence may be written
	rest    time.Time // until when a page was so lately that the next one waits for more
	seen    uint64    // version of presence that was written
	told    told      // receipts that were written
}

// run is look, write, wait.
func (l *live) run(ctx context.Context) error {
	at := l.s.clock.Now()
	l.again, l.recheck, l.mark, l.now = at, at.Add(recheckEvery), at, at
	l.told.owed = true
	l.quiet(at)
	timer := l.s.clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if err := l.due(ctx); err != nil {
			return ended(err)
		}
		changed, next := l.next()
		wake := l.st.wake
		if at := l.s.clock.Now(); at.Before(l.rest) {
			wake, next = nil, earlier(next, l.rest)
		}
		timer.Reset(l.s.clock.Real(next.Sub(l.s.clock.Now())))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case why := <-l.st.bye:
			return ended(l.bye(why))
		case <-l.s.draining:
			return ended(l.bye(wire.ByeDrain))
		case <-wake:
			l.again, l.recheck = l.s.clock.Now(), time.Time{}
		case <-l.st.news:
			l.told.owed = true
		case <-changed:
		case <-timer.C:
		}
	}
}

// goodbye ends a stream that has said bye.
type goodbye struct{}

func (goodbye) Error() string { return "bye was said" }

func ended(err error) error {
	if err == (goodbye{}) {
		return nil
	}
	return err
}

// due does all whose time has come.
func (l *live) due(ctx context.Context) error {
	at := l.s.clock.Now()
	if !at.Before(l.recheck) {
		l.recheck = at.Add(recheckEvery)
		if l.s.admit(l.g, l.st.who) != nil {
			return l.bye(wire.ByeSession)
		}
		if l.s.age(l.g) > maxStale {
			return l.bye(wire.ByeDrain)
		}
		l.h.recheck(l.st)
	}
	if !l.again.IsZero() && !at.Before(l.again) {
		l.again = time.Time{}
		if err := l.pull(ctx); err != nil {
			return err
		}
	}
	if !at.Before(l.mark) && l.pos.pass == nil {
		if err := l.say(wire.Frame{Event: "mark"}); err != nil {
			return err
		}
	}
	if err := l.sayNow(at); err != nil {
		return err
	}
	if err := l.sayReceipts(at); err != nil {
		return err
	}
	if !at.Before(l.silence) {
		l.quiet(at)
		return l.write(wire.Frame{})
	}
	return nil
}

// next is when due has something to do again, and a channel that says so earlier: that somebody's presence changed.
func (l *live) next() (changed <-chan struct{}, next time.Time) {
	next = l.silence
	version, changed := l.s.presence.watch(l.st.who.Agency)
	times := []time.Time{l.again, l.mark, l.recheck}
	if version != l.seen {
		times, changed = append(times, l.now), nil
	}
	if l.told.owed {
		times = append(times, l.told.next)
	}
	for _, t := range times {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	return changed, next
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// pull runs the pass to its end and writes the pages that have anything in them. A page that can't be made is tried
// again later; the device stays where it is.
func (l *live) pull(ctx context.Context) error {
	for {
		page, next, err := l.s.sealed(ctx, l.g, l.st.who, l.ask, l.pos)
		if err != nil {
			l.s.pageError(l.st.who, err)
			l.again = l.s.clock.Now().Add(retryPage)
			return ctx.Err()
		}
		l.unsaid = l.unsaid || next.seq != l.pos.seq
		l.pos = next
		if page.More || page.Full || len(page.Items) > 0 {
			if err := l.say(wire.Frame{Event: "page", ID: page.T, Data: page}); err != nil {
				return err
			}
			l.rest = l.s.clock.Now().Add(pageRest)
		}
		if !page.More {
			return nil
		}
	}
}

// say writes a frame and notes what follows from it.
func (l *live) say(f wire.Frame) error {
	at := l.s.clock.Now()
	if f.Event == "mark" {
		token, err := l.s.keys.seal(l.st.who, l.pos)
		if err != nil {
			return err
		}
		f.ID = token
	}
	l.unsaid, l.mark = false, at.Add(markEvery)
	l.quiet(at)
	return l.write(f)
}

// quiet sets when silence has lasted long enough.
func (l *live) quiet(at time.Time) {
	beat := l.s.heartbeat
	l.silence = at.Add(beat*4/5 + time.Duration(rand.Int64N(int64(beat*2/5))))
}

// bye ends the stream: a last position, so that a phone which was idle doesn't fall back, and why.
func (l *live) bye(why string) error {
	if l.unsaid && l.pos.pass == nil {
		if err := l.say(wire.Frame{Event: "mark"}); err != nil {
			return err
		}
	}
	retry := l.s.retryMS.Load()
	if why != wire.ByeDrain || retry == 0 {
		retry = l.s.spread.Milliseconds()
	}
	if err := l.write(wire.Frame{Event: "bye", Data: wire.Bye{RetryMS: int(retry), Why: why}}); err != nil {
		return err
	}
	return goodbye{}
}

// sayNow writes whose presence changed, at most once a second, positions at most every two, to who may see the directory. Positions go to those who
// see the zone that the officer is on duty in.
func (l *live) sayNow(at time.Time) error {
	version, _ := l.s.presence.watch(l.st.who.Agency)
	if version == l.seen || at.Before(l.now) {
		return nil
	}
	users, upto := l.s.presence.since(l.st.who.Agency, l.seen, nowAtOnce)
	l.seen, l.now = upto, at.Add(nowEvery)
	l.g.View(func(s *models.State) { users = visiblePresence(s, l.st.who.User, users) })
	placed := func(u wire.UserPresence) bool { return u.Position != nil }
	if upto == version && slices.ContainsFunc(users, placed) {
		l.now = at.Add(placesEvery)
	}
	if len(users) == 0 {
		return nil
	}
	l.quiet(at)
	return l.write(wire.Frame{Event: "now", Data: wire.Now{Presence: users}})
}

func visiblePresence(s *models.State, viewer models.UserID, users []wire.UserPresence) []wire.UserPresence {
	if !s.Granted(viewer, models.DirectoryScope(s.Agency.ID)) {
		return nil
	}
	for i := range users {
		duty := s.Duty(users[i].User)
		if duty == nil || !s.Granted(viewer, models.ZoneScope(duty.Zone)) {
			users[i].Position, users[i].AgeS = nil, 0
		}
	}
	return users
}
