// Package replay rehearses hours of a dispatch centre: it starts a server, plays a plan on it with a device for everybody
// in it, each behind a network that fails, kills the server again and again, and in the end lets everything through and
// compares what there is with what there must be. docs/REPLAY.md is the manual. Its parts, in the order to read them:
//
//	shift, calls, texts, faultnet   the plan, what it is made of, and the networks
//	options.go, server.go           what is given, and the server with its clock
//	setup.go, rest.go               zones, teams and people, made by the administrator's API
//	device.go, drive.go, act.go     a device with all its lives, doing the steps of the plan
//	tap                             watches what a device sends and takes
//	audit, judge                    compare that with the log: commands, rows, pushes
//	check.go, report.go             the verdict
//
// The rehearsal knows the server only from outside. It decides nothing by what the server says of itself.
package replay
