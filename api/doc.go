// Package api is the outside: HTTP, JSON and the OpenAPI document. It decides nothing. A handler reads its input, makes
// a command or looks at the state, and answers.
//
// There is one table of routes (routes.go). It says for each who may call it and what it does; a request that matches
// no row reaches no handler. Who may do what with a particular thing is decided by package models, which answers "not
// yours" as it answers "not there".
//
// Two rules hold on every route: an error is a problem (RFC 9457) that repeats nothing of what was sent and tells
// nothing of the inside, and everything has a limit.
package api
