package auth_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/auth"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/store"
	"officermobile/store/sqlite"

	"github.com/google/uuid"
)

const (
	rightPassword = "four calm horses at noon"
	otherPassword = "seven loud geese by night"
)

// cheap makes a hash cost nearly nothing; what is tested is not its price.
var cheap = auth.Cost{Passes: 1, MemoryKiB: 8}

func newID[K any]() models.ID[K] { return models.ID[K](uuid.Must(uuid.NewV7())) }

func newKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// people is the agency's state as auth sees it.
type people struct {
	mu      stdsync.Mutex
	names   map[string]models.UserID
	active  map[models.UserID]bool
	robot   models.UserID // an integration
	devices map[models.DeviceID]auth.Device
}

func (p *people) ByName(_ context.Context, _ models.AgencyID, name string) (auth.User, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, ok := p.names[strings.ToLower(name)]
	return auth.User{ID: id, Active: p.active[id]}, ok, nil
}

func (p *people) ByID(_ context.Context, _ models.AgencyID, id models.UserID) (auth.User, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	active, ok := p.active[id]
	return auth.User{ID: id, Active: active, Integration: id == p.robot}, ok, nil
}

func (p *people) Device(_ context.Context, _ models.AgencyID, id models.DeviceID) (auth.Device, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, ok := p.devices[id]
	return d, ok, nil
}

func (p *people) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// faulty is documents that can be made to fail.
type faulty struct {
	store.Documents
	mu    stdsync.Mutex
	err   error      // of writes
	kind  store.Kind // to which err is limited; "": all
	reads error      // of lists
}

func (f *faulty) fail(err error) { f.failKind(err, "") }

func (f *faulty) failKind(err error, kind store.Kind) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.kind = err, kind
}

func (f *faulty) failReads(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = err
}

func (f *faulty) PutIf(ctx context.Context, d store.Document) (uint64, error) {
	f.mu.Lock()
	err, kind := f.err, f.kind
	f.mu.Unlock()
	if err != nil && (kind == "" || kind == d.Kind) {
		return 0, err
	}
	return f.Documents.PutIf(ctx, d)
}

func (f *faulty) List(ctx context.Context, kind store.Kind, prefix, after string, limit int) ([]store.Document, error) {
	f.mu.Lock()
	err := f.reads
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return f.Documents.List(ctx, kind, prefix, after, limit)
}

// world is an agency with two officers, a store, and any number of services on it.
type world struct {
	t       testing.TB
	docs    *faulty
	people  *people
	agency  models.AgencyID
	ada, bo models.UserID
	device  models.DeviceID
	key     string

	mu     stdsync.Mutex
	events []auth.Event
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{
		t: t, docs: &faulty{Documents: db}, agency: models.AgencyID(newID[int]()),
		ada: models.UserID(newID[int]()), bo: models.UserID(newID[int]()), device: models.DeviceID(newID[int]()), key: newKey(),
	}
	w.people = &people{
		names:   map[string]models.UserID{"ada": w.ada, "bo": w.bo},
		active:  map[models.UserID]bool{w.ada: true, w.bo: true},
		devices: map[models.DeviceID]auth.Device{},
	}
	return w
}

func (w *world) service(change ...func(*auth.Options)) *auth.Service {
	w.t.Helper()
	opts := auth.Options{Cost: cheap, Audit: func(_ context.Context, e auth.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}}
	for _, f := range change {
		f(&opts)
	}
	s, err := auth.New(w.t.Context(), w.docs, w.people, clock.Clock{}, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// ready is a service and passwords for both officers.
func (w *world) ready(change ...func(*auth.Options)) *auth.Service {
	w.t.Helper()
	s := w.service(change...)
	for _, user := range []models.UserID{w.ada, w.bo} {
		if err := s.SetPassword(w.t.Context(), w.agency, user, rightPassword, models.SessionID{}); err != nil {
			w.t.Fatal(err)
		}
	}
	return s
}

func (w *world) count(what auth.What) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, e := range w.events {
		if e.What == what {
			n++
		}
	}
	return n
}

func (w *world) credentials() auth.Credentials {
	return auth.Credentials{Agency: w.agency, Username: "ada", Password: rightPassword, Device: w.device, DeviceKey: w.key, Remote: "192.0.2.1"}
}

func (w *world) signIn(s *auth.Service, change ...func(*auth.Credentials)) auth.Session {
	w.t.Helper()
	c := w.credentials()
	for _, f := range change {
		f(&c)
	}
	session, err := s.SignIn(w.t.Context(), c)
	if err != nil {
		w.t.Fatalf("sign in: %v", err)
	}
	return session
}

func (w *world) renew(s *auth.Service, from auth.Session) auth.Session {
	w.t.Helper()
	next, err := s.Renew(w.t.Context(), from.Refresh, w.key)
	if err != nil {
		w.t.Fatalf("renew: %v", err)
	}
	return next
}

func (w *world) good(s *auth.Service, session auth.Session) {
	w.t.Helper()
	got, err := s.Verify(w.t.Context(), session.Access)
	if err != nil || got.Session != session.Caller.Session || got.User != session.Caller.User || got.Device != session.Caller.Device {
		w.t.Fatalf("verify: got %+v, %v, want %+v", got, err, session.Caller)
	}
}

func (w *world) refused(s *auth.Service, session auth.Session) {
	w.t.Helper()
	if _, err := s.Verify(w.t.Context(), session.Access); err != auth.ErrToken {
		w.t.Fatalf("verify: got %v, want ErrToken", err)
	}
}

func (w *world) renewRefused(s *auth.Service, session auth.Session, key string) {
	w.t.Helper()
	if _, err := s.Renew(w.t.Context(), session.Refresh, key); err != auth.ErrSession {
		w.t.Fatalf("renew: got %v, want ErrSession", err)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// run runs a service until the test ends it with the returned function.
func run(t *testing.T, s *auth.Service) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg stdsync.WaitGroup
	wg.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return func() { cancel(); wg.Wait() }
}

func kindOf(err error) models.Kind {
	if e := models.AsError(err); e != nil {
		return e.Kind
	}
	return 0
}

// in runs a test in a bubble of fake time.
func in(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
}

var errDisk = errors.New("disk trouble")

// pass lets fake time pass.
func pass(d time.Duration) { <-time.After(d) }
