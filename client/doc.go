// Package client is a device of Officer Mobile in Go: the sync protocol's client rules (docs/PROTOCOL.md) as code to
// read before writing the same in Swift or Kotlin. The rehearsal, the benchmark and the end-to-end tests stand on it.
//
// A Device holds nothing that its Store does not: whatever kills the process, a Device opened on the same Store goes on
// where it was. Its parts, in the order to read them:
//
//	store.go     what a device keeps, and the one commit by which it changes
//	merge.go     what a finished pass does to the rows (pure)
//	outbox.go    commands: numbered and durable before Enqueue returns, settled by the server's answers
//	roundtrip.go one POST /v1/sync: outbox, presence and position up, results, session and page down
//	page.go      pages of a running pass are kept aside; the last one applies them all
//	live.go      the stream of the foreground; sse.go reads it
//	run.go       the loop that owns all of it; backoff.go says how long to wait
//	view.go      what is shown: the last completed pass, with the own outbox laid over it
//
// Two rules carry the rest. A position (token) moves only in the commit that holds the rows it stands for. And a page
// is used only if it starts where the device is: an answer to an earlier question is thrown away.
package client
