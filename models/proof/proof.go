// Package proof walks a log from its first batch and proves that it is whole and unaltered: every batch hangs on the
// one before, every payload is what its digest says, and the events fold into a state. It needs only the batches, so
// it works on a store, on a server's API and on an export alike.
package proof

import (
	"fmt"

	"officermobile/models"
	"officermobile/models/record"
)

// Report is what a walk found.
type Report struct {
	Batches  int
	Events   int
	Redacted int // events whose content was removed under retention
	Chain    record.Chain
	Digest   record.Hash // of the state that the log folds into
}

// Walk reads batches behind a position until there are none, and hands every event on to each (which may be nil).
func Walk(read func(after record.Seq) ([]record.Batch, error), each func(models.Event)) (Report, *models.State, error) {
	w := walk{state: models.NewState(), each: each}
	for {
		batches, err := read(w.report.Chain.Seq)
		if err != nil {
			return w.report, w.state, err
		}
		if len(batches) == 0 {
			break
		}
		for _, b := range batches {
			if err := w.add(b); err != nil {
				return w.report, w.state, fmt.Errorf("batch behind position %d: %w", w.report.Chain.Seq, err)
			}
		}
	}
	digest, err := w.state.Digest()
	w.report.Digest = digest
	return w.report, w.state, err
}

type walk struct {
	report Report
	state  *models.State
	each   func(models.Event)
}

func (w *walk) add(b record.Batch) error {
	if _, err := w.report.Chain.Next(b); err != nil {
		return err
	}
	_, events, err := models.DecodeBatch(b)
	if err != nil {
		return err
	}
	for i, e := range events {
		if err := models.Apply(w.state, e); err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		if b.Payloads[i].Redacted() {
			w.report.Redacted++
		}
		if w.each != nil {
			w.each(e)
		}
	}
	w.report.Batches++
	w.report.Events += len(events)
	return nil
}
