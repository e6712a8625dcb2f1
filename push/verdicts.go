package push

import (
	"context"
	"fmt"
	"slices"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// kindVerdict documents answer "why did this phone ring?": one for every ring, which a repetition after a crash
// overwrites. Suppressions are in the ledger.
const (
	kindVerdict store.Kind = "push_verdict"
	verdictLife            = 90 * 24 * time.Hour
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
	Ground       Ground          `json:"ground,omitzero"`
	Reached      Reached         `json:"-"` // what the device told of the notification
	Derived      bool            `json:"-"` // worked out when asked, from what is known now
}

func (r ring) verdict(k slotKey, v Verdict, res Result, now time.Time) VerdictRecord {
	record := VerdictRecord{
		Seq: r.Last, From: r.From, Device: k.device, User: r.User, Thing: k.thing.String(), Class: k.thing.class().String(),
		Decision: v.Decision, Reason: v.Reason, At: now, Attempts: r.Attempts, Ground: v.Ground,
	}
	if v.Decision == Push {
		record.Outcome, record.Answer, record.Notification = res.Outcome.String(), res.Reason, notificationID(k, r.First).String()
	}
	return record
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
	kept, _, err := p.kept(ctx, agency, seq)
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
	return all, p.reachedOf(ctx, agency, all)
}

func (p *Service) verdictOf(ctx context.Context, o owed, kept []VerdictRecord) (VerdictRecord, error) {
	name := o.key.thing.String()
	i := slices.IndexFunc(kept, func(v VerdictRecord) bool {
		return v.Device == o.key.device && v.Thing == name && v.From <= o.seq && o.seq <= v.Seq
	})
	if i >= 0 {
		return kept[i], nil
	}
	return p.derive(ctx, o)
}

// derive works a verdict out: from the slot's last ring, or by deciding as of now.
func (p *Service) derive(ctx context.Context, o owed) (VerdictRecord, error) {
	if v, ok := p.box.toldOf(o); ok {
		return v, nil
	}
	r := ring{From: o.seq, First: o.seq, Last: o.seq, User: o.user, Noticed: o.at, Owed: o.at, N: o.n, Expires: o.expires}
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
