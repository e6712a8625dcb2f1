// Package sync turns commands into the log of an agency, follows that log, and tells devices what changed for them.
//
// The engine half: one goroutine per agency and node owns the end of the log. It decides whatever queued while the last
// commit was under way, appends it as one batch, and applies what is durable; between two of its batches it follows what
// other nodes wrote and does what is due. Two rules hold it together. Exactly one append is in flight, and after an
// unknown outcome nothing happens but the resolution of that slot. And state changes only by applying durable batches,
// in order, so that every node with the same position has the same state.
package sync
