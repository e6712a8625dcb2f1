// Package cli is what all commands share: how they print tables and progress, how they end, and how they stop.
//
// A command writes its result to standard output and all else to standard error. It ends with Success, with Failure
// and one sentence, or with Usage and one sentence. The first SIGINT or SIGTERM asks it to stop; the second ends it.
package cli
