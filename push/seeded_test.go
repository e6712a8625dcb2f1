package push_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// seeded is a shift on virtual time, made by a seed: people write, read, mute and acknowledge, put phones away and take
// them out, sign devices out, and meanwhile providers fail, and the process is stopped, or killed at some call of the
// store. It keeps an account of its own of what was done, by which an oracle judges what rang.
type seeded struct {
	*rig
	rand    *rand.Rand
	account *account
	many    bool           // conversations, people and weathers
	asked   map[string]int // requests by device
	failed  map[string]int // of them in a row
	killed  bool
	moments int
}

// shifts is how many seeds are tried: few in every run, many on OFFICERMOBILE_SLOW=1.
func shifts(few, many uint64) uint64 {
	if os.Getenv("OFFICERMOBILE_SLOW") == "1" {
		return many
	}
	return few
}

// TestSeededWorld is R62 and the rule itself: what rings is what is owed, by an oracle that knows nothing of the code.
func TestSeededWorld(t *testing.T) {
	t.Parallel()
	for seed := range shifts(12, 200) {
		t.Run(fmt.Sprintf("R62 seed %d rings what is owed, and the same again", seed), func(t *testing.T) {
			t.Parallel()
			first, second := play(t, seed, false).journal(), play(t, seed, false).journal()
			if d := difference(first, second); d != "" {
				t.Errorf("two runs differ: %s", d)
			}
			if len(first) < 8 {
				t.Errorf("a dull shift: %d rings", len(first))
			}
		})
	}
}

// TestSeededCity is the same of many people, conversations and devices, with outages of the provider. Whose turn it is in
// one instant is the scheduler's there, so that two runs may differ; neither may break a rule.
func TestSeededCity(t *testing.T) {
	t.Parallel()
	var played, summaries, passive atomic.Int64
	t.Cleanup(func() { // when all have been played, if any was asked for
		if played.Load() > 0 && (summaries.Load() == 0 || passive.Load() == 0) {
			t.Errorf("dull shifts: %d summaries, %d rings without a sound", summaries.Load(), passive.Load())
		}
	})
	for seed := range shifts(8, 200) {
		t.Run(fmt.Sprintf("R62 seed %d of a city rings what is owed", seed), func(t *testing.T) {
			t.Parallel()
			a := play(t, seed, true)
			played.Add(1)
			for _, d := range a.devices {
				for _, r := range a.of(d) {
					if d.sums(r) {
						summaries.Add(1)
					}
					if r.passive {
						passive.Add(1)
					}
				}
			}
		})
	}
}

// play runs a shift and answers its account, which has every request: when, to whom, under which id, and what became of it.
func play(t *testing.T, seed uint64, many bool) (a *account) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeeded(t, seed, many)
		for range 150 {
			s.step()
		}
		s.revive()
		s.clears()
		s.pass(owedWithin + time.Second)
		s.stop()
		s.account.judge(t, s.provider)
		a = s.account
	})
	return a
}

func newSeeded(t *testing.T, seed uint64, many bool) *seeded {
	s := &seeded{rand: rand.New(rand.NewPCG(seed, 62)), many: many, asked: map[string]int{}, failed: map[string]int{}}
	s.rig = newRigOf(t, sameSecret{})
	devices, users := []models.DeviceID{s.phone, s.tablet, s.omars}, []models.UserID{s.olga, s.olga, s.omar}
	chats := []chat{newChat(s.chat, s.olga, s.omar)}
	var off models.UserID
	if many {
		off = s.officer("quinn")
		for _, u := range []models.UserID{s.officer("petra"), off, s.omar} {
			devices, users = append(devices, s.device(u, "phone")), append(users, u)
		}
		chats = append(chats, s.city(users)...)
		s.do(off, &models.GoOffDuty{})
	}
	for _, d := range devices {
		s.register(d, addressOf(d))
		s.is(d, models.Foreground, s.tip())
	}
	s.pass(time.Minute)
	s.provider.forget()
	s.account = newAccount(s.tip(), time.Now(), devices, users)
	s.account.chats = chats
	for _, d := range s.account.devices {
		d.offDuty = d.user == off
	}
	if !many {
		s.account.weather = []spell{{from: time.Now()}}
	}
	s.provider.answer = func(n push.Notification) push.Result { return s.verdict(seed, n) }
	return s
}

func newChat(id models.ConversationID, members ...models.UserID) chat {
	return chat{id, members, tagOf(id.UUID())}
}

// officer makes one who is on duty.
func (s *seeded) officer(name string) models.UserID {
	u := s.user(name, models.Officer)
	s.do(u, &models.ReportForDuty{Zone: s.zone, Team: s.team, CallSign: name})
	return u
}

// city makes conversations: olga is in all of them, so that she has many due at once.
func (s *seeded) city(users []models.UserID) (all []chat) {
	for i := range 9 {
		c := newChat(newID[models.ConversationID](s.world), s.omar, s.olga)
		for _, u := range []models.UserID{users[3], users[4]} {
			if i == 0 || s.rand.IntN(2) == 0 {
				c.members = append(c.members, u)
			}
		}
		s.group(c.id, s.omar, c.members[1:]...)
		all = append(all, c)
	}
	return all
}

// step lets something happen, and some time pass: a moment or a while.
func (s *seeded) step() {
	d := s.rand.IntN(len(s.account.devices))
	switch n := s.rand.IntN(100); {
	case n < 34:
		s.writes(false)
	case n < 40:
		s.everywhere()
	case n < 46:
		s.writes(true)
	case n < 58:
		s.presence(d, models.Foreground)
	case n < 70:
		s.presence(d, []models.PresenceState{models.Background, models.Offline}[s.rand.IntN(2)])
	case n < 76:
		s.reads(d)
	case n < 79:
		s.mutes(d)
	case n < 83:
		s.acknowledges()
	case n < 86:
		s.signsOut(d)
	case n < 90 && s.many:
		s.changes()
	case n < 95:
		s.restarts()
	default:
		s.dies()
	}
	if s.rand.IntN(2) == 0 {
		s.moment(s.rand.IntN(3000))
		return
	}
	s.moment(1000 * s.rand.IntN(90))
}

// any is a conversation.
func (s *seeded) any() chat { return s.account.chats[s.rand.IntN(len(s.account.chats))] }

func (s *seeded) writes(urgent bool) { s.writesIn(s.any(), urgent) }

func (s *seeded) writesIn(c chat, urgent bool) {
	m := &item{chat: c.id, author: c.members[s.rand.IntN(len(c.members))], at: time.Now(), urgent: urgent, tag: c.tag, acks: map[models.UserID]time.Time{}}
	if urgent {
		m.id, m.seq = s.rig.urgent(m.author, c.id)
		m.tag = tagOf(m.id.UUID())
	} else {
		m.seq = s.post(m.author, c.id, "hello")
	}
	s.account.items = append(s.account.items, m)
}

// everywhere writes into some conversations, one right after the other.
func (s *seeded) everywhere() {
	for _, c := range s.account.chats {
		if s.rand.IntN(4) > 0 {
			s.writesIn(c, false)
			s.moment(s.rand.IntN(30))
		}
	}
}

func (s *seeded) presence(d int, state models.PresenceState) {
	dev := s.account.devices[d]
	confirmed := dev.last().confirmed
	if state == models.Foreground && s.rand.IntN(3) > 0 {
		confirmed = s.tip() // it shows what there is
	}
	s.is(dev.id, state, confirmed)
	dev.does(state == models.Foreground, confirmed, time.Now())
}

// of is a conversation that a device's user is in.
func (s *seeded) of(d int) (models.UserID, models.ConversationID) {
	u := s.account.devices[d].user
	for {
		if c := s.any(); s.account.member(c.id, u) {
			return u, c.id
		}
	}
}

func (s *seeded) reads(d int) {
	u, c := s.of(d)
	s.from(u, s.account.devices[d].id, &models.ReadUpTo{ConversationID: c, N: 1000})
	s.account.reads = append(s.account.reads, reading{u, c, time.Now(), s.tip()})
}

// mutes lets somebody mute a conversation, or do so no more.
func (s *seeded) mutes(d int) {
	u, c := s.of(d)
	on := !s.account.muted(c, u, time.Now())
	if on {
		s.do(u, &models.MuteConversation{ConversationID: c})
	} else {
		s.do(u, &models.UnmuteConversation{ConversationID: c})
	}
	s.account.mutes = append(s.account.mutes, muting{u, c, time.Now(), on})
}

// acknowledges lets somebody acknowledge the newest urgent message that they were sent.
func (s *seeded) acknowledges() {
	u := s.account.devices[s.rand.IntN(len(s.account.devices))].user
	for _, m := range slices.Backward(s.account.items) {
		if _, done := m.acks[u]; !m.urgent || done || m.author == u || !s.account.member(m.chat, u) {
			continue
		}
		s.do(u, &models.Acknowledge{MessageID: m.id})
		m.acks[u] = time.Now()
		return
	}
}

// signsOut takes a device's address, or gives it back.
func (s *seeded) signsOut(d int) {
	s.revive()
	dev := s.account.devices[d]
	err := error(nil)
	if dev.bound() {
		err = s.push.Unbind(s.t.Context(), s.id(), dev.id)
	} else {
		err = s.push.Register(s.t.Context(), s.id(), dev.id, addressOf(dev.id))
	}
	if err != nil {
		s.t.Error(err)
	}
	dev.bindings = append(dev.bindings, time.Now())
}

// changes is the weather's.
func (s *seeded) changes() {
	last := len(s.account.weather) - 1
	if last >= 0 && s.account.weather[last].to.IsZero() {
		s.clears()
		return
	}
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	s.account.weather = append(s.account.weather, spell{from: time.Now(), down: s.rand.IntN(2) == 0})
}

func (s *seeded) clears() {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if last := len(s.account.weather) - 1; last >= 0 && s.account.weather[last].to.IsZero() {
		s.account.weather[last].to = time.Now()
	}
}

// restarts stops the process as a signal does, and starts it at once or a while later.
func (s *seeded) restarts() {
	s.revive()
	s.stop()
	s.account.lives[len(s.account.lives)-1].to = time.Now()
	if s.many && s.rand.IntN(2) == 0 {
		s.moment(s.rand.IntN(5000))
		s.everywhere()
		s.moment(s.rand.IntN(5000))
	}
	s.starts()
}

// dies makes the store refuse everything from some moment on, as to a process that was killed then: before, while or after
// a ring is under way. What is noticed of it comes with the restart.
func (s *seeded) dies() {
	at := time.Now().Add(time.Duration(s.rand.IntN(4000)) * time.Millisecond / 10)
	s.docs.mu.Lock()
	s.docs.step = func() error {
		if time.Now().After(at) {
			return errKilled
		}
		return nil
	}
	s.docs.mu.Unlock()
	s.account.lives[len(s.account.lives)-1].died = at
	s.killed = true
	s.writes(s.rand.IntN(4) == 0)
	s.moment(s.rand.IntN(4000))
	s.revive()
}

// moment lets so many milliseconds pass, and a little that is unlike any other's: nothing that people do then falls on
// the same instant as what the service does by the second, whose order only the scheduler knows.
func (s *seeded) moment(ms int) {
	s.moments++
	s.pass(time.Duration(ms)*time.Millisecond + time.Duration(s.moments)*1013*time.Nanosecond)
}

// revive starts the process again if it was killed.
func (s *seeded) revive() {
	if !s.killed {
		return
	}
	s.killed = false
	s.stop()
	s.account.lives[len(s.account.lives)-1].to = time.Now()
	s.docs.mu.Lock()
	s.docs.step = func() error { return nil }
	s.docs.mu.Unlock()
	s.starts()
}

func (s *seeded) starts() {
	s.start("node")
	s.account.lives = append(s.account.lives, life{from: time.Now()})
}

// unluckyMost is how often a device's rings fail in a row, outages apart: what is owed has its time.
const unluckyMost = 2

// verdict is a provider's mood, by the seed, the device and how often it was asked for it, whatever else goes on.
func (s *seeded) verdict(seed uint64, n push.Notification) push.Result {
	r := rung{device: n.Address.Token, id: n.ID, step: n.Attempt, class: n.Class, tag: n.CollapseTag, passive: n.Passive, badge: n.Badge, left: time.Now()}
	s.provider.mu.Lock()
	s.asked[r.device]++
	asked, unlucky := s.asked[r.device], s.failed[r.device] >= unluckyMost
	s.provider.mu.Unlock()
	for _, d := range s.account.devices {
		if addressOf(d.id).Token == r.device {
			r.unread = s.unmuted(d.user)
		}
	}
	h := fnv.New64a()
	h.Write(binary.LittleEndian.AppendUint64([]byte(r.device), seed<<32|uint64(asked)))
	sum := h.Sum64()
	mood := sum >> 32 % 100
	after(20*time.Millisecond + time.Duration(sum%100_000)*time.Microsecond)
	res, weather := push.Result{Outcome: push.Accepted, Status: 200}, s.account.now()
	switch {
	case !weather.to.IsZero():
	case weather.down:
		res = push.Result{Outcome: push.TryAgain, Status: 503, Reason: "UNAVAILABLE"}
	case unlucky:
	case mood < 8:
		res = push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection}
	case mood < 16:
		res = push.Result{Outcome: push.TryAgain, Status: 503, Reason: "UNAVAILABLE"}
	case mood < 18:
		res = push.Result{Outcome: push.Limited, Status: 429, Reason: "QUOTA_EXCEEDED", ForDevice: true}
	}
	s.provider.mu.Lock()
	s.failed[r.device]++
	if res.Outcome == push.Accepted {
		s.failed[r.device] = 0
	}
	s.provider.mu.Unlock()
	r.at, r.outcome = time.Now(), res.Outcome
	s.account.sent(r)
	return res
}

// oneSecret is every device's in a seeded world.
var oneSecret = push.DeviceSecret(bytes.Repeat([]byte{7}, len(push.DeviceSecret{})))

// sameSecret draws it.
type sameSecret struct{}

func (sameSecret) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{7}, len(p))), nil }
