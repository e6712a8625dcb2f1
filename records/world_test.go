package records_test

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/records"
	"officermobile/store"
)

// world is an agency: a real state folded from real commands, and its log. It is the service's Feed, Log and Sight.
type world struct {
	t testing.TB

	mu       sync.RWMutex
	agency   models.AgencyID
	state    *models.State
	events   []models.Event
	batches  []record.Batch
	chain    record.Chain
	redacted map[record.Seq]bool
	changed  chan struct{}
	ids      uint64
	now      models.Micros

	zones [2]models.ZoneID
	works [2]models.WorkZoneID
	teams [2]models.TeamID

	ada, dan, rita models.UserID // administrator; dispatcher and reviewer of the first zone
	olga, omar     models.UserID // officers
}

func newWorld(t testing.TB) *world {
	w := &world{
		t: t, state: models.NewState(), changed: make(chan struct{}), redacted: map[record.Seq]bool{},
		now: models.Micros(time.Date(2030, 5, 1, 8, 0, 0, 0, time.UTC).UnixMicro()),
	}
	w.agency = newID[models.AgencyID](w)
	w.must(models.UserID{}, &models.AgencyCreate{ID: w.agency, Name: "Harbor", TimeZone: "UTC", Settings: models.Settings{PanelHours: 1}})
	for i := range w.zones {
		w.zones[i], w.works[i], w.teams[i] = newID[models.ZoneID](w), newID[models.WorkZoneID](w), newID[models.TeamID](w)
		w.must(models.UserID{}, &models.PutZone{ID: w.zones[i], Name: "zone"}, &models.PutWorkZone{ID: w.works[i], Zone: w.zones[i], Name: "pier"},
			&models.PutTeam{ID: w.teams[i], Zone: w.zones[i], Name: "day", WorkZones: []models.WorkZoneID{w.works[i]}})
	}
	w.ada = w.user("ada", models.Administrator)
	w.dan, w.rita = w.user("dan", models.Dispatcher, w.zones[0]), w.user("rita", models.Reviewer, w.zones[0])
	w.olga, w.omar = w.user("olga", models.Officer), w.user("omar", models.Officer)
	return w
}

func newID[I ~[16]byte](w *world) I {
	w.ids++
	var id I
	binary.BigEndian.PutUint64(id[:8], w.ids<<16)
	id[6], id[8], id[15] = 0x70, 0x80, byte(w.ids)
	return id
}

func (w *world) user(name string, types models.UserTypes, zones ...models.ZoneID) models.UserID {
	id := newID[models.UserID](w)
	w.must(models.UserID{}, &models.UserCreate{ID: id, Username: name, Name: name, Types: types, Zones: zones, Active: true})
	return id
}

// do gives a command; what it wrote is one batch.
func (w *world) do(actor models.UserID, body models.CommandBody) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now += 1_000_000
	c := models.Command{Actor: actor, At: w.now, Body: body}
	for _, key := range models.LookUp(w.state, body) {
		if c.Taken == nil {
			c.Taken, c.Sealed = w.find(key)
		}
	}
	bodies, err := models.Decide(w.state, c)
	if err != nil || len(bodies) == 0 {
		return err
	}
	h := record.Header{Log: "agency/" + w.agency.Hex() + "/main", Epoch: 1, First: w.state.Seq + 1, Prev: w.chain.Hash, ID: record.UUID(newID[models.DeviceID](w))}
	var payloads []record.Payload
	var keys []record.Key
	for i, b := range bodies {
		e := models.Event{Seq: w.state.Seq + 1, At: w.now + models.Micros(i), Actor: actor, Body: b}
		head, payload, found, err := models.EncodeEvent(e, record.UUID(newID[models.DeviceID](w)))
		w.check(err)
		h.Events, payloads = append(h.Events, head), append(payloads, payload)
		for _, k := range found {
			keys = append(keys, record.Key{Event: i, Value: k})
		}
		w.check(models.Apply(w.state, e))
		w.events = append(w.events, e)
	}
	batch, err := record.Seal(h, payloads, keys)
	w.check(err)
	_, err = w.chain.Next(batch)
	w.check(err)
	w.batches = append(w.batches, batch)
	close(w.changed)
	w.changed = make(chan struct{})
	return nil
}

func (w *world) must(actor models.UserID, bodies ...models.CommandBody) {
	w.t.Helper()
	for _, b := range bodies {
		w.check(w.do(actor, b))
	}
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// find is the newest event with a key, as the log's index has it.
func (w *world) find(key string) (*models.Event, *models.Sealed) {
	for _, b := range slices.Backward(w.batches) {
		for _, k := range slices.Backward(b.Keys) {
			if k.Value == key {
				_, events, err := models.DecodeBatch(b)
				w.check(err)
				return &events[k.Event], models.SealedIn(events, k.Event)
			}
		}
	}
	return nil, nil
}

func (w *world) post(u models.UserID, c models.ConversationID, text string) models.MessageID {
	w.t.Helper()
	id := newID[models.MessageID](w)
	w.must(u, &models.MessagePost{ConversationID: c, ID: id, Text: text})
	return id
}

func (w *world) dispatch(zone int, f models.Facts) models.DispatchID {
	w.t.Helper()
	id := newID[models.DispatchID](w)
	f.Priority = models.Low
	w.must(w.ada, &models.DispatchCreate{ID: id, WorkZone: w.works[zone], Facts: f})
	return id
}

// retire closes a dispatch and lets it leave memory.
func (w *world) retire(id models.DispatchID) {
	w.t.Helper()
	w.must(w.ada, &models.DispatchClose{DispatchID: id})
	w.now += models.Micros(2 * time.Hour / time.Microsecond)
	w.must(models.UserID{}, &models.Retire{ConversationID: models.ConversationOf(id)})
	if w.state.Dispatch(id) != nil {
		w.t.Fatal("the dispatch is still in memory")
	}
}

// The service's view of it.

func (w *world) Agencies(context.Context) ([]models.AgencyID, error) {
	return []models.AgencyID{w.agency}, nil
}

func (w *world) Events(_ context.Context, _ models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	rest := w.events[after:]
	rest = rest[:min(limit, len(rest))]
	return rest, after + record.Seq(len(rest)), nil
}

func (w *world) Changed(models.AgencyID) <-chan struct{} {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.changed
}

func (w *world) View(_ context.Context, agency models.AgencyID, fn func(*models.State)) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if agency != w.agency {
		return models.ErrNotFound
	}
	fn(w.state)
	return nil
}

func (w *world) Batches(_ context.Context, _ models.AgencyID, after record.Seq, limit int) ([]record.Batch, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for i, b := range w.batches {
		h, err := record.Decode(b.Header)
		if err != nil {
			return nil, err
		}
		if h.First == after+1 {
			return w.batches[i:min(i+limit, len(w.batches))], nil
		}
	}
	return nil, nil
}

func (w *world) Row(_ context.Context, _ models.AgencyID, c models.ConversationID, n uint32) (models.Entry, bool, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	e, _ := w.find(record.TimelineKey(c.UUID(), n))
	if e == nil || w.redacted[e.Seq] {
		return models.Entry{}, false, nil
	}
	r, ok := models.RowOf(*e)
	return r, ok, nil
}

func (w *world) Sealed(_ context.Context, _ models.AgencyID, id record.UUID) (*models.Sealed, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if _, x := w.find(record.MintedKey(id)); x != nil {
		return x, nil
	}
	return nil, models.ErrNotFound
}

// open starts a service on the world. Its end is kill's or the test's.
func (w *world) open(docs store.Documents, o records.Options, entries, events int) (s *records.Service, kill func()) {
	s = records.New(records.Deps{Documents: docs, Feed: w, Log: w, Sight: w}, o)
	s.SmallBlocks(entries, events)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	kill = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			w.t.Errorf("Run: %v", err)
		}
	})
	w.t.Cleanup(kill)
	return s, kill
}

func (w *world) as(u models.UserID) wire.Caller { return wire.Caller{Agency: w.agency, User: u} }
