// Package audit keeps the logs that say who administered what, and who signed in or tried to: one beside each agency's
// own log, and one of the system for what no agency is known of. They are logs like any other (store.Log, hash-chained,
// provable by models/proof), but apart, so that a flood of failed sign-ins never delays a dispatch.
//
// Two rules:
//
//   - What Record was given is durable when it answers nil. What Note was given is so soon after; where there is no
//     room for it, it is counted, and the next line that is written says how many were forgotten.
//   - A log that can't be written makes Ready an error until it can be. Nothing else of the system waits for it.
//
// Any number of nodes write to one log: each offers its batch behind the end that it knows, and looks again when that
// was not the end.
package audit
