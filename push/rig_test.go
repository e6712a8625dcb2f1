package push_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
	"officermobile/store"
)

// memory is store.Documents in memory, for bubbles. It can die at a chosen call: from then on it refuses everything,
// the call itself having worked or not.
type memory struct {
	mu     sync.Mutex
	docs   map[store.Kind]map[string]store.Document
	writes map[store.Kind]int
	reads  map[store.Kind]int // by Get
	step   func() error       // asked before and after every call
}

func newMemory() *memory {
	return &memory{docs: map[store.Kind]map[string]store.Document{}, writes: map[store.Kind]int{}, reads: map[store.Kind]int{}, step: func() error { return nil }}
}

// call runs fn under the lock, unless the process is dead before or after it.
func (m *memory) call(fn func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return err
	}
	return errors.Join(fn(), m.step())
}

func (m *memory) Get(_ context.Context, kind store.Kind, id string) (d store.Document, err error) {
	err = m.call(func() error {
		var ok bool
		m.reads[kind]++
		if d, ok = m.docs[kind][id]; !ok {
			return store.ErrNotFound
		}
		return nil
	})
	return d, err
}

func (m *memory) PutIf(_ context.Context, d store.Document) (v uint64, err error) {
	if err := d.Check(); err != nil {
		return 0, err
	}
	v = d.Version + 1
	return v, m.call(func() error {
		if m.docs[d.Kind][d.ID].Version != d.Version {
			return store.ErrVersion
		}
		if m.docs[d.Kind] == nil {
			m.docs[d.Kind] = map[string]store.Document{}
		}
		m.writes[d.Kind]++
		d.Version, d.Body = v, bytes.Clone(d.Body)
		m.docs[d.Kind][d.ID] = d
		return nil
	})
}

// PutAll is not for push: what it writes is versioned.
func (m *memory) PutAll(context.Context, []store.Document) error { return errors.ErrUnsupported }

func (m *memory) Delete(_ context.Context, kind store.Kind, id string, version uint64) error {
	return m.call(func() error {
		if d, ok := m.docs[kind][id]; ok && d.Version != version {
			return store.ErrVersion
		}
		m.writes[kind]++
		delete(m.docs[kind], id)
		return nil
	})
}

func (m *memory) List(_ context.Context, kind store.Kind, prefix, after string, limit int) (all []store.Document, err error) {
	err = m.call(func() error {
		for id, d := range m.docs[kind] {
			if strings.HasPrefix(id, prefix) && id > after {
				all = append(all, d)
			}
		}
		slices.SortFunc(all, func(a, b store.Document) int { return strings.Compare(a.ID, b.ID) })
		all = all[:min(limit, len(all))]
		return nil
	})
	return all, err
}

func (m *memory) Due(_ context.Context, kind store.Kind, before time.Time, limit int) (all []store.Document, err error) {
	err = m.call(func() error {
		for _, d := range m.docs[kind] {
			if !d.Due.IsZero() && !d.Due.After(before) {
				all = append(all, d)
			}
		}
		slices.SortFunc(all, func(a, b store.Document) int { return a.Due.Compare(b.Due) })
		all = all[:min(limit, len(all))]
		return nil
	})
	return all, err
}

// holding lists the documents of a kind that hold a word, and all of the kind for "".
func (m *memory) holding(kind store.Kind, word string) (ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, d := range m.docs[kind] {
		if bytes.Contains(d.Body, []byte(word)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// sent is a request as the provider's door saw it.
type sent struct {
	push.Notification
	at time.Time
}

// recorder is a push.Sender that answers as a test says.
type recorder struct {
	mu     sync.Mutex
	sent   []sent
	flying map[string]int
	peak   int // most at once to one address
	took   time.Duration
	answer func(n push.Notification) push.Result // nil: accepted
}

func (r *recorder) Send(ctx context.Context, n push.Notification) push.Result {
	r.mu.Lock()
	r.sent = append(r.sent, sent{n, time.Now()})
	r.flying[n.Address.Token]++
	r.peak = max(r.peak, r.flying[n.Address.Token])
	took, answer := r.took, r.answer
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.flying[n.Address.Token]--
	}()
	if took > 0 {
		select {
		case <-time.After(took):
		case <-ctx.Done():
			return push.Result{Outcome: push.TryAgain, Reason: push.ReasonCancelled}
		}
	}
	if answer != nil {
		return answer(n)
	}
	return push.Result{Outcome: push.Accepted, Status: 200}
}

// answers makes the recorder answer so from now on.
func (r *recorder) answers(res push.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(push.Notification) push.Result { return res }
}

// to lists what was sent to a device since the last call of forget.
func (r *recorder) to(d models.DeviceID) []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []sent
	for _, s := range r.sent {
		if s.Address.Token == addressOf(d).Token {
			all = append(all, s)
		}
	}
	return all
}

// all lists what was sent to anybody.
func (r *recorder) all() []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent, r.peak = nil, 0
}

func addressOf(d models.DeviceID) push.Address {
	return push.Address{Kind: push.FCMToken, Token: "device:" + d.Hex()}
}

// rig is a world, a provider and a service over them, in a bubble.
type rig struct {
	*world
	docs      *memory
	provider  *recorder
	push      *push.Service
	stop      func() // as a signal does
	keys      push.Keys
	overrides *overrides
	random    io.Reader // of device secrets; nil for crypto/rand
	logger    *slog.Logger
}

// newRig starts with everybody looking and nothing owed.
func newRig(t *testing.T) *rig { return newRigOf(t, nil) }

func newRigOf(t *testing.T, random io.Reader) *rig {
	r := &rig{random: random, world: newWorld(t, clock.Clock{}), docs: newMemory(), provider: &recorder{flying: map[string]int{}}, overrides: &overrides{}, keys: serverKeys(t)}
	r.allLook()
	r.start("node")
	for _, d := range []models.DeviceID{r.phone, r.tablet, r.omars} {
		if err := r.push.Register(t.Context(), r.id(), d, addressOf(d)); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(5 * time.Second)
	if got := len(r.provider.all()); got != 0 {
		t.Fatalf("%d pushes before the test began", got)
	}
	return r
}

// start runs a service; stop ends it.
func (r *rig) start(node string) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	service, done := r.service(node), make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	r.push = service
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("run: %v", err)
		}
	})
	r.t.Cleanup(r.stop)
}

func (r *rig) service(node string) *push.Service {
	return push.New(push.Deps{
		Documents: r.docs, Feed: r.world, Sight: r.world, Senders: func(push.Address) push.Sender { return r.provider },
		Overridden: r.overrides.note,
	}, push.Options{Node: node, Workers: 48, Keys: r.keys, Random: r.random, Logger: r.logger, Jitter: func() float64 { return 1 }})
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	after(d)
	synctest.Wait()
}

// bubble runs a test in its own time.
func bubble(t *testing.T, name string, fn func(t *testing.T, r *rig)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { r := newRig(t); fn(t, r); r.stop() })
	})
}

// want checks how often a device rang.
func (r *rig) want(d models.DeviceID, n int) {
	r.t.Helper()
	if got := len(r.provider.to(d)); got != n {
		r.t.Errorf("the device was sent %d pushes, want %d", got, n)
	}
}

// stuck has the provider take long over a message to more devices than are sent to at once.
func (r *rig) stuck() {
	r.t.Helper()
	r.provider.forget()
	r.provider.took = 9 * time.Second
	r.post(r.omar, r.chat, "hello")
	r.pass(time.Second)
	if got := len(r.provider.all()); got != 48 {
		r.t.Errorf("%d sends at once, want 48", got)
	}
}

// reason checks why a device did or did not ring.
func (r *rig) reason(seq record.Seq, d models.DeviceID, decision push.Decision, reason push.Reason) {
	r.t.Helper()
	if got := r.verdict(seq, d); got.Decision != decision || got.Reason != reason {
		r.t.Errorf("verdict: got %s %s, want %s %s", got.Decision, got.Reason, decision, reason)
	}
}
