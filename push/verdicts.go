package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// kindVerdict documents answer "why did this phone not ring?". One is kept for every ring, and for every suppression
// of something urgent, an invitation or a task; a routine message that was seen leaves none.
const (
	kindVerdict store.Kind = "push_verdict"
	verdictLife            = 90 * 24 * time.Hour
	maxRecent              = 4096  // routine suppressions remembered per agency, in memory
	maxUnsaved             = 16384 // verdicts waiting for the store; more is only so in an outage, and the oldest go
)

// VerdictRecord is what became of one device about one event. It holds no text and no address.
type VerdictRecord struct {
	Seq          record.Seq      `json:"seq"`
	From         record.Seq      `json:"from"` // one ring may tell of several events: of the same conversation, From to Seq
	Device       models.DeviceID `json:"device"`
	User         models.UserID   `json:"user"`
	Thing        string          `json:"thing"`
	Class        string          `json:"class"`
	Decision     Decision        `json:"decision"`
	Reason       Reason          `json:"reason"`
	At           time.Time       `json:"at"`
	Outcome      string          `json:"outcome,omitzero"`  // of the send
	Answer       string          `json:"answer,omitzero"`   // the provider's word
	Attempts     int             `json:"attempts,omitzero"` // requests made
	Notification string          `json:"notification,omitzero"`
	Derived      bool            `json:"-"` // worked out when asked, from what is known now
}

func (r ring) verdict(k slotKey, v Verdict, res Result, now time.Time) VerdictRecord {
	record := VerdictRecord{
		Seq: r.Last, From: r.From, Device: k.device, User: r.User, Thing: k.thing.String(), Class: k.thing.class().String(),
		Decision: v.Decision, Reason: v.Reason, At: now, Attempts: r.Attempts,
	}
	if v.Decision == Push {
		record.Outcome, record.Answer, record.Notification = res.Outcome.String(), res.Reason, notificationID(k, r.First).String()
	}
	return record
}

// verdictBook holds an agency's latest verdicts until they are durable, or a while.
type verdictBook struct {
	tallies *tallies

	mu      sync.Mutex
	unsaved []VerdictRecord
	recent  []VerdictRecord // a ring buffer of those that are not kept
	oldest  int
}

// note takes a verdict. Routine suppressions are only remembered.
func (b *verdictBook) note(v VerdictRecord) {
	b.tallies.add(v)
	b.mu.Lock()
	defer b.mu.Unlock()
	if v.Decision == Push || v.Class != Message.String() {
		b.unsaved = append(b.unsaved, v)
		b.unsaved = b.unsaved[max(0, len(b.unsaved)-maxUnsaved):]
		return
	}
	if len(b.recent) < maxRecent {
		b.recent = append(b.recent, v)
		return
	}
	b.recent[b.oldest] = v
	b.oldest = (b.oldest + 1) % maxRecent
}

func (b *verdictBook) take() []VerdictRecord {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.unsaved
	b.unsaved = nil
	return all
}

func (b *verdictBook) giveBack(v VerdictRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsaved = append(b.unsaved, v)
}

// about finds a verdict in memory.
func (b *verdictBook) about(seq record.Seq, device models.DeviceID, thing string) (VerdictRecord, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range slices.Concat(b.unsaved, b.recent) {
		if v.Device == device && v.Thing == thing && v.From <= seq && seq <= v.Seq {
			return v, true
		}
	}
	return VerdictRecord{}, false
}

// saveVerdicts makes an agency's verdicts durable.
func (p *Service) saveVerdicts(ctx context.Context, agency models.AgencyID) error {
	book := p.book(agency)
	var g errgroup.Group
	g.SetLimit(flushers)
	for _, v := range book.take() {
		g.Go(func() error {
			err := p.saveVerdict(ctx, agency, v)
			if err != nil {
				book.giveBack(v)
				return fmt.Errorf("save verdict: %w", err)
			}
			return nil
		})
	}
	return g.Wait()
}

// saveVerdict writes one. A ring repeated after a crash overwrites its verdict; a suppression never hides a ring.
func (p *Service) saveVerdict(ctx context.Context, agency models.AgencyID, v VerdictRecord) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := store.Document{Kind: kindVerdict, ID: verdictID(agency, v.Seq, v.Device), Due: v.At.Add(verdictLife), Body: body}
	_, err = p.docs.PutIf(ctx, d)
	if !errors.Is(err, store.ErrVersion) || v.Decision != Push {
		return ignore(err, store.ErrVersion)
	}
	old, err := p.docs.Get(ctx, d.Kind, d.ID)
	if err != nil {
		return ignore(err, store.ErrNotFound)
	}
	d.Version = old.Version
	_, err = p.docs.PutIf(ctx, d)
	return err
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

func verdictID(agency models.AgencyID, seq record.Seq, device models.DeviceID) string {
	return fmt.Sprintf("%s/%016x/%s", agency.Hex(), uint64(seq), device.Hex())
}

// Verdicts answers for every device that an event concerns whether and why it rang, by device. An event that asks for
// no push has none. What was not kept is worked out from the present, and says so.
func (p *Service) Verdicts(ctx context.Context, agency models.AgencyID, seq record.Seq) ([]VerdictRecord, error) {
	events, _, err := p.feed.Events(ctx, agency, seq-1, 1)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Seq != seq {
		return nil, models.ErrNotFound
	}
	var concerned []owed
	if err := p.sight.View(ctx, agency, func(s *models.State) { concerned = concernedBy(s, events[0]) }); err != nil {
		return nil, err
	}
	kept, err := p.keptVerdicts(ctx, agency, seq)
	if err != nil {
		return nil, err
	}
	all := make([]VerdictRecord, 0, len(concerned))
	for _, o := range concerned {
		v, err := p.verdictOf(ctx, o, kept)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	for _, v := range kept { // of devices that it does not concern any more
		if v.Seq == seq && !slices.ContainsFunc(all, func(a VerdictRecord) bool { return a.Device == v.Device }) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b VerdictRecord) int { return slices.Compare(a.Device[:], b.Device[:]) })
	return all, nil
}

// lookAhead is how many later verdicts are searched for the ring that told of an event among others: it came within
// the window, or within the retries.
const lookAhead = 1000

// keptVerdicts are those from an event on.
func (p *Service) keptVerdicts(ctx context.Context, agency models.AgencyID, seq record.Seq) ([]VerdictRecord, error) {
	docs, err := p.docs.List(ctx, kindVerdict, agency.Hex()+"/", verdictID(agency, seq, models.DeviceID{}), lookAhead)
	if err != nil {
		return nil, fmt.Errorf("list verdicts: %w", err)
	}
	all := make([]VerdictRecord, len(docs))
	for i, d := range docs {
		if err := json.Unmarshal(d.Body, &all[i]); err != nil {
			return nil, fmt.Errorf("decode verdict: %w", err)
		}
	}
	return all, nil
}

func (p *Service) verdictOf(ctx context.Context, o owed, kept []VerdictRecord) (VerdictRecord, error) {
	name := o.key.thing.String()
	i := slices.IndexFunc(kept, func(v VerdictRecord) bool {
		return v.Device == o.key.device && v.Thing == name && v.From <= o.seq
	})
	if i >= 0 {
		return kept[i], nil
	}
	if v, ok := p.book(o.key.agency).about(o.seq, o.key.device, name); ok {
		return v, nil
	}
	return p.derive(ctx, o)
}

// derive works a verdict out: from the slot's last ring, or by deciding as of now.
func (p *Service) derive(ctx context.Context, o owed) (VerdictRecord, error) {
	if v, ok := p.box.rang(o); ok {
		return v, nil
	}
	r := ring{From: o.seq, First: o.seq, Last: o.seq, User: o.user, Noticed: o.noticed, N: o.n}
	l, err := p.look(ctx, o.key, r)
	if err != nil {
		return VerdictRecord{}, err
	}
	l.facts.Author, l.facts.SendingDevice = o.author, o.sender
	l.facts.Looked = true // it did not ring, so what the device confirmed by now it confirmed in time
	v := r.verdict(o.key, Decide(l.facts), Result{}, l.facts.Now)
	v.Derived, v.Outcome, v.Notification = true, "", ""
	return v, nil
}
