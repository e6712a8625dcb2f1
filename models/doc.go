// Package models is the domain: agencies, users, duty, dispatches, tasks, conversations, invitations and messages; the
// commands that people give, the events that follow, and the state that is a fold over those events.
//
// Everything here is pure. Decide takes a state and a command and answers events or a refusal; Apply takes a state and
// an event. Time and ids come with the command or the event; there is no clock, no randomness, no goroutine, no I/O and
// no order that depends on a map. The nouns and rules are those of docs/DOMAIN.md.
package models
