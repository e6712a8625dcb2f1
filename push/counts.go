package push

import (
	"maps"
	"sync"
	"time"

	"officermobile/models/wire"
)

// counts are what a service has seen since it was made, beside its tallies of verdicts: numbers by words of the program.
type counts struct {
	mu       sync.Mutex
	receipt  receiptCounts
	accepted histograms // seconds from due to accepted, by class
}

func newCounts() counts {
	return counts{
		accepted: histograms{bounds: latencyBounds()},
		receipt:  receiptCounts{stages: map[wire.PushStage]uint64{}, lag: histograms{bounds: latencyBounds()}},
	}
}

// receiptCounts are of what devices told.
type receiptCounts struct {
	stages   map[wire.PushStage]uint64
	lag      histograms // seconds from accepted, by stage
	repeated uint64
	ignored  uint64
}

// add counts a stage that is news; rang is when its ring was accepted, zero if that is not remembered.
func (c *receiptCounts) add(s wire.PushStage, at, rang time.Time) {
	c.stages[s]++
	if !rang.IsZero() {
		c.lag.add(string(s), max(0, at.Sub(rang).Seconds()))
	}
}

func (c *counts) receipts(change func(*receiptCounts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.receipt)
}

// accept counts a ring that its provider took.
func (c *counts) accept(class Class, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted.add(class.String(), max(0, took.Seconds()))
}

func (c *counts) fill(stats *Stats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stats.Receipts, stats.ReceiptLag = maps.Clone(c.receipt.stages), c.receipt.lag.clone()
	stats.ReceiptsRepeated, stats.ReceiptsIgnored = c.receipt.repeated, c.receipt.ignored
	stats.Accepted = c.accepted.clone()
}
