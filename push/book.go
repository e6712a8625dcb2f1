package push

import (
	"slices"
	"sync"

	"officermobile/models"
	"officermobile/models/record"
)

// verdictBook holds an agency's latest verdicts and audiences until they are durable.
type verdictBook struct {
	tallies *tallies

	mu        sync.Mutex
	unsaved   []VerdictRecord
	audiences []Audience
}

// note takes a verdict.
func (b *verdictBook) note(v VerdictRecord) {
	b.tallies.add(v)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsaved = append(b.unsaved, v)
	b.unsaved = b.unsaved[max(0, len(b.unsaved)-maxUnsaved):]
}

// meet takes who some messages were for.
func (b *verdictBook) meet(all []Audience) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.audiences = append(b.audiences, all...)
	b.audiences = b.audiences[max(0, len(b.audiences)-maxUnsaved):]
}

// take hands out what is to be saved.
func (b *verdictBook) take() ([]VerdictRecord, []Audience) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, audiences := b.unsaved, b.audiences
	b.unsaved, b.audiences = nil, nil
	return all, audiences
}

func (b *verdictBook) giveBack(all []VerdictRecord, audiences []Audience) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsaved = append(all, b.unsaved...)
	b.audiences = append(audiences, b.audiences...)
}

// about is what waits to be saved of an event.
func (b *verdictBook) about(seq record.Seq) (some []VerdictRecord, audiences []Audience) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.unsaved {
		if v.From <= seq && seq <= v.Seq {
			some = append(some, v)
		}
	}
	for _, a := range b.audiences {
		if a.Seq == seq {
			audiences = append(audiences, a)
		}
	}
	return some, audiences
}

// of is what waits to be saved of a device.
func (b *verdictBook) of(device models.DeviceID) []VerdictRecord {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.unsaved), func(v VerdictRecord) bool { return v.Device != device })
}
