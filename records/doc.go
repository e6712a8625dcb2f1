// Package records answers questions about the past: search over messages and dispatches, the record of what a person
// sent and received, and the history of shifts.
//
// The index is a view of the log and nothing else. A reader cuts each agency's log into blocks, and where a block ends
// follows from the events alone. So every node and every attempt makes the same rows: they are put without versions, a
// reader that died half-way does it again, and there is nothing to repair. The newest block is in memory until it is
// full; search looks there first, and so is always complete.
//
// Who may see a hit is asked of the present state, after the index was asked and never before. What the index knows of
// the hidden decides nothing that an asker could measure: not the order, not the cursor, not where a page is cut.
package records
