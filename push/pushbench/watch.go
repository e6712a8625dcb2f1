package pushbench

import (
	"context"
	"slices"
	"sync"
	"syscall"
	"time"

	"officermobile/clock"
	"officermobile/push"
)

// watch stands before the senders and notes what was accepted when.
type watch struct {
	apple, android push.Sender

	mu     sync.Mutex
	due    map[string][]time.Time // by token: the rings that it has yet to get, oldest first
	delays []time.Duration
	errors int
	urgent []time.Time // when rings of emergencies were accepted
	last   time.Time   // when any was
	first  time.Time   // after the last take
}

func newWatch(apple, android push.Sender) *watch {
	return &watch{apple: apple, android: android, due: map[string][]time.Time{}}
}

func (w *watch) sender(push.Address) push.Sender { return w }

// Send implements push.Sender.
func (w *watch) Send(ctx context.Context, n push.Notification) push.Result {
	to := w.android
	if n.Address.Kind == push.APNs {
		to = w.apple
	}
	res := to.Send(ctx, n)
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if res.Outcome != push.Accepted {
		w.errors++
		return res
	}
	if w.first.IsZero() {
		w.first = now
	}
	w.last = now
	if n.Class == push.Emergency {
		w.urgent = append(w.urgent, now)
		return res
	}
	if due := w.due[n.Address.Token]; len(due) > 0 {
		w.delays, w.due[n.Address.Token] = append(w.delays, now.Sub(due[0])), due[1:]
	}
	return res
}

// expect notes that devices are to ring from now on.
func (w *watch) expect(tokens []string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range tokens {
		w.due[t] = append(w.due[t], now)
	}
}

// note adds what somebody else measured.
func (w *watch) note(d time.Duration, failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if failed {
		w.errors++
		return
	}
	w.delays, w.last = append(w.delays, d), time.Now()
}

// taken is what was seen since the last take.
type taken struct {
	delays      []time.Duration
	errors      int
	urgent      []time.Time
	first, last time.Time
}

func (w *watch) take() taken {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := taken{w.delays, w.errors, w.urgent, w.first, w.last}
	w.delays, w.errors, w.urgent, w.first, w.last = nil, 0, nil, time.Time{}, time.Time{}
	return t
}

// meter is a moment: of the clock, and of the processor time of this process.
type meter struct {
	began time.Time
	cpu   time.Duration
}

func begin() meter { return meter{time.Now(), cpuTime()} }

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // never fails for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// end is the load that was seen since.
func (m meter) end(t taken) Load {
	n := len(t.delays)
	if n == 0 {
		return Load{Errors: t.errors}
	}
	slices.Sort(t.delays)
	ms := func(percent int) float64 { return float64(t.delays[(n-1)*percent/100]) / float64(time.Millisecond) }
	return Load{
		Rings: n, Errors: t.errors, PerSecond: float64(n) / t.last.Sub(m.began).Seconds(), P50MS: ms(50), P99MS: ms(99),
		CPUMicrosecond: float64(cpuTime()-m.cpu) / float64(n) / float64(time.Microsecond),
	}
}

// sleep waits, or answers ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	return clock.Clock{}.Sleep(ctx, d)
}
