package push_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// seeded is a shift on virtual time, made by a seed: people write, read and acknowledge, put phones away and take them
// out, sign devices out, and meanwhile providers fail, and the process is stopped, or killed at some call of the store.
// It keeps an account of its own of what was done, by which an oracle judges what rang.
type seeded struct {
	*rig
	rand    *rand.Rand
	account *account
	asked   map[string]int // requests by device
	killed  bool
	moments int
}

// TestSeededWorld is R62 and the rule itself: what rings is what is owed, by an oracle that knows nothing of the code.
func TestSeededWorld(t *testing.T) {
	t.Parallel()
	for seed := range uint64(16) {
		t.Run(fmt.Sprintf("R62 seed %d rings what is owed, and the same again", seed), func(t *testing.T) {
			t.Parallel()
			first, second := play(t, seed), play(t, seed)
			if d := difference(first, second); d != "" {
				t.Errorf("two runs differ: %s", d)
			}
			if len(first) < 20 {
				t.Errorf("a dull shift: %d rings", len(first))
			}
		})
	}
}

// play runs a shift and answers its journal: every request, when, to whom, under which id, and what became of it.
func play(t *testing.T, seed uint64) (journal []rung) {
	synctest.Test(t, func(t *testing.T) {
		s := &seeded{rig: newRig(t), rand: rand.New(rand.NewPCG(seed, 62)), asked: map[string]int{}}
		s.account = newAccount(s.tip(), time.Now(), []models.DeviceID{s.phone, s.tablet, s.omars}, []models.UserID{s.olga, s.olga, s.omar})
		s.provider.answer = func(n push.Notification) push.Result { return s.verdict(seed, n) }
		for range 150 {
			s.step()
		}
		s.revive()
		s.pass(owedWithin)
		s.stop()
		s.account.judge(t, s.provider)
		journal = s.account.journal()
	})
	return journal
}

// step lets something happen, and some time pass: a moment or a while.
func (s *seeded) step() {
	d := s.rand.IntN(len(s.account.devices))
	switch n := s.rand.IntN(100); {
	case n < 40:
		s.writes(s.rand.IntN(2) == 0, false)
	case n < 46:
		s.writes(s.rand.IntN(2) == 0, true)
	case n < 58:
		s.presence(d, models.Foreground)
	case n < 70:
		s.presence(d, []models.PresenceState{models.Background, models.Offline}[s.rand.IntN(2)])
	case n < 78:
		s.reads(d)
	case n < 83:
		s.acknowledges()
	case n < 88:
		s.signsOut(d)
	case n < 94:
		s.stop()
		s.starts()
	default:
		s.dies()
	}
	if s.rand.IntN(2) == 0 {
		s.moment(s.rand.IntN(3000))
		return
	}
	s.moment(1000 * s.rand.IntN(90))
}

func (s *seeded) writes(omar, urgent bool) {
	author := s.olga
	if omar {
		author = s.omar
	}
	m := item{author: author, at: time.Now(), urgent: urgent}
	if urgent {
		m.id, m.seq = s.rig.urgent(author, s.chat)
	} else {
		m.seq = s.post(author, s.chat, "hello")
	}
	s.account.items = append(s.account.items, m)
}

func (s *seeded) presence(d int, state models.PresenceState) {
	dev := s.account.devices[d]
	confirmed := dev.confirmed()
	if state == models.Foreground && s.rand.IntN(3) > 0 {
		confirmed = s.tip() // it shows what there is
	}
	s.is(dev.id, state, confirmed)
	dev.doings = append(dev.doings, doing{time.Now(), state == models.Foreground, confirmed})
}

func (s *seeded) reads(d int) {
	u := s.account.devices[d].user
	s.from(u, s.account.devices[d].id, &models.ReadUpTo{ConversationID: s.chat, N: 1000})
	s.account.reads = append(s.account.reads, reading{u, time.Now(), s.tip()})
}

// acknowledges lets everybody acknowledge the newest urgent message that they were sent.
func (s *seeded) acknowledges() {
	for i, m := range slices.Backward(s.account.items) {
		if !m.urgent || !m.ended.IsZero() {
			continue
		}
		u := s.olga
		if m.author == s.olga {
			u = s.omar
		}
		s.do(u, &models.Acknowledge{MessageID: m.id})
		s.account.items[i].ended = time.Now()
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
	s.writes(s.rand.IntN(2) == 0, s.rand.IntN(4) == 0)
	s.moment(s.rand.IntN(4000))
	s.killed = true
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
	s.docs.mu.Lock()
	s.docs.step = func() error { return nil }
	s.docs.mu.Unlock()
	s.starts()
}

func (s *seeded) starts() {
	s.start("node")
	s.account.starts = append(s.account.starts, time.Now())
}

// verdict is a provider's mood, by the seed, the device and how often it was asked for it, whatever else goes on.
func (s *seeded) verdict(seed uint64, n push.Notification) push.Result {
	s.provider.mu.Lock()
	s.asked[n.Address.Token]++
	asked := s.asked[n.Address.Token]
	s.provider.mu.Unlock()
	h := fnv.New64a()
	h.Write(binary.LittleEndian.AppendUint64([]byte(n.Address.Token), seed<<32|uint64(asked)))
	mood := h.Sum64() >> 32 % 100
	after(time.Duration(20+mood) * time.Millisecond)
	res := push.Result{Outcome: push.Accepted, Status: 200}
	switch {
	case mood < 8:
		res = push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection}
	case mood < 16:
		res = push.Result{Outcome: push.TryAgain, Status: 503, Reason: "UNAVAILABLE"}
	case mood < 18:
		res = push.Result{Outcome: push.Limited, Status: 429, Reason: "QUOTA_EXCEEDED", ForDevice: true}
	}
	s.account.sent(n, time.Now(), res.Outcome)
	return res
}
