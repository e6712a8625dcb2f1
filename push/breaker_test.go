package push_test

import (
	"testing"
	"time"

	"officermobile/push"

	"pgregory.net/rapid"
)

var (
	fine    = push.Result{Outcome: push.Accepted, Status: 200}
	down    = push.Result{Outcome: push.TryAgain, Status: 503, Reason: "ServiceUnavailable"}
	refused = push.Result{Outcome: push.AuthTrouble, Status: 403, Reason: "InvalidProviderToken"}
	renewed = push.Result{Outcome: push.AuthTrouble, Status: 403, Reason: "ExpiredProviderToken"}
	minted  = push.Result{Outcome: push.AuthTrouble, Status: 429, Reason: "TooManyProviderTokenUpdates"}
	crowded = push.Result{Outcome: push.Limited, Status: 429, Reason: "QUOTA_EXCEEDED"}
)

// tried is a breaker with a clock.
type tried struct {
	*push.BreakerUnderTest
	t   *testing.T
	now time.Time
}

func newTried(t *testing.T) *tried {
	return &tried{push.NewBreaker(48), t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (b *tried) pass(d time.Duration) { b.now = b.now.Add(d) }

// may checks whether a request may leave.
func (b *tried) may(c push.Class, want bool) {
	b.t.Helper()
	if got, _ := b.Can(b.now, c); got != want {
		b.t.Errorf("%s: may leave %v, want %v (%s)", c, got, want, b.State(b.now))
	}
}

// send makes n requests one after another that are all answered so.
func (b *tried) send(n int, res push.Result) {
	b.t.Helper()
	for i := range n {
		if ok, _ := b.Can(b.now, push.Message); !ok {
			b.t.Fatalf("request %d of %d may not leave (%s)", i+1, n, b.State(b.now))
		}
		b.Note(b.now, b.Leave(b.now, push.Message), res)
	}
}

func (b *tried) state(want string) {
	b.t.Helper()
	if got := b.State(b.now); got != want {
		b.t.Errorf("state %q, want %q", got, want)
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	for name, fn := range map[string]func(*tried){
		"R21 opens after 5 in a row": func(b *tried) {
			b.send(4, down)
			b.state("closed")
			b.send(1, fine)
			b.send(4, down)
			b.state("closed")
			b.send(1, down)
			b.state("open")
			b.may(push.Emergency, false)
		},
		"R21 five in a row over a longer time are not an outage": func(b *tried) {
			for range 10 {
				b.send(1, down)
				b.pass(8 * time.Second)
			}
			b.state("closed")
		},
		"R21 opens at half of twenty": func(b *tried) {
			for range 4 {
				b.send(2, fine)
				b.send(2, down)
			}
			b.send(2, fine)
			b.send(1, down) // 9 of 19
			b.state("closed")
			b.send(1, down)
			b.state("open")
		},
		"R21 one probe after 5 s, then 10, 20, 30, 30": func(b *tried) {
			b.send(5, down)
			for _, wait := range []time.Duration{5, 10, 20, 30, 30} {
				b.pass(wait*time.Second - 1)
				b.may(push.Emergency, false)
				b.pass(1)
				b.may(push.Message, true)
				probe := b.Leave(b.now, push.Message)
				b.may(push.Emergency, false) // while it is under way
				b.Note(b.now, probe, down)
			}
		},
		"R21 a ramp of a minute": func(b *tried) {
			b.send(5, down)
			b.pass(5 * time.Second)
			b.send(1, fine)
			for _, want := range []int{4, 9, 24, 48} {
				b.state(map[bool]string{true: "closed", false: "ramping"}[want == 48])
				var all []push.Ticket
				for ok := true; ok && len(all) < 100; ok, _ = b.Can(b.now, push.Message) {
					all = append(all, b.Leave(b.now, push.Message))
				}
				if len(all) != want {
					b.t.Errorf("%d at once, want %d", len(all), want)
				}
				b.may(push.Emergency, true)
				for _, k := range all {
					b.Note(b.now, k, fine)
				}
				b.pass(20 * time.Second)
			}
		},
		"R21 what left before says nothing of after": func(b *tried) {
			early := b.Leave(b.now, push.Message)
			b.send(5, down)
			b.Note(b.now, early, fine)
			b.state("open")
		},
		"R21 a relapse within the ramp waits twice as long": func(b *tried) {
			b.send(5, down)
			b.pass(5 * time.Second)
			b.send(1, fine)
			b.send(5, down)
			b.pass(9 * time.Second)
			b.may(push.Emergency, false)
			b.pass(time.Second)
			b.may(push.Emergency, true)
		},
		"a refused credential is tried again in 15 min, or when it has changed": func(b *tried) {
			b.send(1, refused)
			b.state("refused")
			b.pass(15*time.Minute - 1)
			b.may(push.Invite, false)
			b.pass(1)
			b.send(1, refused)
			b.may(push.Invite, false)
			b.Reconsider(b.now)
			b.send(1, fine)
			b.state("ramping")
		},
		"an emergency may try a refused credential each half minute": func(b *tried) {
			b.send(1, refused)
			b.pass(29 * time.Second)
			b.may(push.Emergency, false)
			b.pass(time.Second)
			b.may(push.Invite, false)
			b.may(push.Emergency, true)
			b.Note(b.now, b.Leave(b.now, push.Emergency), refused)
			b.may(push.Emergency, false)
		},
		"an expired token is tried once more at once": func(b *tried) {
			b.send(1, renewed)
			b.send(1, renewed)
			b.may(push.Message, false)
		},
		"and with the new one all goes on": func(b *tried) {
			b.send(1, renewed)
			b.send(1, fine)
			b.state("closed")
		},
		"R28 too many tokens: a minute, doubled to 20": func(b *tried) {
			for _, wait := range []time.Duration{1, 2, 4, 8, 16, 20, 20} {
				b.send(1, minted)
				b.pass(wait*time.Minute - 1)
				b.may(push.Emergency, false)
				b.pass(1)
			}
		},
		"R24 what an open provider asks for is waited": func(b *tried) {
			asking := down
			asking.RetryAfter = 2 * time.Minute
			b.send(5, asking)
			b.pass(2*time.Minute - 1)
			b.may(push.Emergency, false)
			b.pass(1)
			b.may(push.Emergency, true)
		},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); fn(newTried(t)) })
	}
}

// TestThrottle is R25: after a 429 of FCM's a minute's pause, half the rate, and a tenth more each minute.
func TestThrottle(t *testing.T) {
	t.Parallel()
	b := newTried(t)
	minute := func() (n int) {
		for end := b.now.Add(time.Minute); b.now.Before(end); b.pass(5 * time.Millisecond) {
			if ok, _ := b.Can(b.now, push.Message); ok {
				b.Note(b.now, b.Leave(b.now, push.Message), fine)
				n++
			}
		}
		return n
	}
	near := func(what string, got, want int) {
		t.Run(what, func(t *testing.T) {
			if got < want*98/100 || got > want*102/100 {
				t.Errorf("%d requests in a minute, want about %d", got, want)
			}
		})
	}
	full := minute()
	b.send(1, crowded)
	b.state("throttled")
	b.pass(time.Minute - 1)
	b.may(push.Emergency, false)
	b.pass(1)
	near("R25 half", minute(), full/2)
	near("R25 a tenth more", minute(), full*55/100)
	near("R25 and again", minute(), full*605/1000)
	for range 5 {
		minute()
	}
	near("R25 in the end all", minute(), full)
	b.send(1, push.Result{Outcome: push.Limited, Status: 429, RetryAfter: 3 * time.Minute})
	b.pass(3*time.Minute - 1)
	b.may(push.Message, false)
	b.pass(1)
	near("R25 as long as was asked", minute(), full/2)
	b.send(1, crowded)
	b.pass(time.Minute)
	near("R25 half of what it was, a minute later", minute(), full*11/40)
}

// TestBreakerProperties holds any history to what must never be, and to never being stuck.
func TestBreakerProperties(t *testing.T) {
	t.Parallel()
	answers := []push.Result{fine, down, down, down, refused, renewed, minted, crowded, {Outcome: push.TryAgain, Reason: push.ReasonCancelled}}
	rapid.Check(t, func(t *rapid.T) {
		b, now := push.NewBreaker(rapid.IntRange(1, 64).Draw(t, "places")), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		var flying []push.Ticket
		probes, probed := 0, time.Time{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(4*time.Second)).Draw(t, "passes")))
			class := push.Class(rapid.IntRange(int(push.Quiet), int(push.Emergency)).Draw(t, "class"))
			if ok, again := b.Can(now, class); ok {
				state := b.State(now)
				k := b.Leave(now, class)
				if k.IsProbe() {
					probes++
					if state == "open" && now.Sub(probed) < 5*time.Second {
						t.Fatalf("a probe %v after the last failed", now.Sub(probed))
					}
				}
				if !k.IsProbe() && (state == "open" || state == "refused") || probes > 1 {
					t.Fatalf("a request left a provider that is %s, %d probes under way", state, probes)
				}
				flying = append(flying, k)
			} else if !again.IsZero() && !again.After(now) {
				t.Fatalf("may not leave, and to ask again at once")
			}
			for len(flying) > 0 && rapid.Bool().Draw(t, "answers") {
				i := rapid.IntRange(0, len(flying)-1).Draw(t, "which")
				res := rapid.SampledFrom(answers).Draw(t, "answer")
				if flying[i].IsProbe() {
					probes--
					if res.Outcome == push.TryAgain && res.Status > 0 {
						probed = now
					}
				}
				b.Note(now, flying[i], res)
				flying = append(flying[:i], flying[i+1:]...)
			}
		}
		for _, k := range flying {
			b.Note(now, k, fine)
		}
		for range 3 { // whatever was: a good answer after the longest wait, and all is well
			now = now.Add(20 * time.Minute)
			if ok, _ := b.Can(now, push.Message); !ok {
				t.Fatalf("stuck, %s", b.State(now))
			}
			b.Note(now, b.Leave(now, push.Message), fine)
		}
		if got := b.State(now); got != "closed" {
			t.Fatalf("%s after three good answers in an hour", got)
		}
	})
}

// TestRemedies is the table of retries, row by row, with the longest jitter.
func TestRemedies(t *testing.T) {
	t.Parallel()
	const s = time.Second
	cut, busy := push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout}, down
	asks, asksLong := down, down
	asks.RetryAfter, asksLong.RetryAfter = 45*s, 61*s
	for name, row := range map[string]struct {
		class push.Class
		res   push.Result
		waits []time.Duration // after each attempt; -1 for dropped
		probe int             // attempts from which on it may be the probe
	}{
		"no answer, emergency":       {push.Emergency, cut, []time.Duration{s, 3 * s, 8 * s, 30 * s, 30 * s}, 4},
		"no answer, invite":          {push.Invite, cut, []time.Duration{2 * s, 8 * s, 30 * s, 30 * s}, 4},
		"no answer, message":         {push.Message, cut, []time.Duration{2 * s, 8 * s, 30 * s, 30 * s}, 4},
		"no answer, quiet":           {push.Quiet, cut, []time.Duration{-1}, 9},
		"5xx, emergency":             {push.Emergency, busy, []time.Duration{2 * s, 10 * s, 30 * s}, 3},
		"5xx, message":               {push.Message, busy, []time.Duration{30 * s, 30 * s}, 1},
		"5xx, quiet":                 {push.Quiet, busy, []time.Duration{-1}, 9},
		"R24 asked, emergency":       {push.Emergency, asks, []time.Duration{45 * s, 45 * s, 45 * s}, 9},
		"R24 asked, message":         {push.Message, asks, []time.Duration{45 * s}, 9},
		"R24 asked a little, quiet":  {push.Quiet, asks, []time.Duration{45 * s}, 9},
		"R24 asked too much, quiet":  {push.Quiet, asksLong, []time.Duration{-1}, 9},
		"refused, emergency":         {push.Emergency, refused, []time.Duration{0}, 1},
		"refused, quiet":             {push.Quiet, refused, []time.Duration{-1}, 9},
		"expired credential, invite": {push.Invite, renewed, []time.Duration{0}, 1},
		"expired credential, quiet":  {push.Quiet, renewed, []time.Duration{0}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			for i, want := range row.waits {
				drop, probe, wait := push.RemedyOf(row.class, i+1, row.res)
				if drop {
					wait = -1
				}
				if wait != want || probe != (i+1 >= row.probe) {
					t.Errorf("attempt %d: waits %v, probe %v; want %v from attempt %d", i+1, wait, probe, want, row.probe)
				}
			}
		})
	}
}
