package api

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// explain says in the document what the route's row says: who may call it, how much it takes, what it may draw on.
func (d described) explain() {
	r, op := d.route, d.op
	op.Summary = strings.TrimSuffix(r.does, ".")
	callers, says := []string{}, "For anybody: no session is needed."
	if r.who != nobody {
		callers = r.who.Names()
		says = "For: " + strings.Join(callers, ", ") + "."
	} else {
		op.Security = []map[string][]string{{}}
	}
	facts := map[string]any{"x-callers": callers}
	if op.RequestBody != nil {
		says += fmt.Sprintf(" The body has at most %d KiB.", r.limit()>>10)
		facts["x-max-body-bytes"] = r.limit()
	}
	if d.takes("Idempotency-Key") {
		says += " With an Idempotency-Key it can be repeated safely."
		facts["x-idempotency-key"] = true
	}
	if r.is(urgent) {
		says += " Urgent: a device that has used up its rate still gets it through, by a reserve."
		facts["x-urgent"] = true
	}
	if r.is(audited | ownAudit) {
		says += " Audited: the answer waits until its line in the audit log is durable, and is audit_unavailable while none can be written."
		facts["x-audited"] = true
	}
	if r.is(unbound) {
		says += " Also from a device that isn't registered yet."
	}
	if end, ok := deprecations()[r.name]; ok {
		says += " Deprecated since " + end.since.Format(time.DateOnly) + " and may be gone from " + end.sunset.Format(time.DateOnly) + " on; use " + end.successor + " instead."
		op.Deprecated = true
	}
	if r.is(probe) {
		says += " Never limited."
	}
	op.Description = r.does + " " + says
	op.Extensions = facts
}

// name describes parameters that say no more than which thing is meant.
func (d described) name() {
	for _, p := range d.op.Parameters {
		if p.Description != "" {
			continue
		}
		parts := strings.Split(d.route.path, "/")
		if i := slices.Index(parts, "{"+p.Name+"}"); p.In == "path" && i > 0 {
			p.Description = "Which of the " + strings.ReplaceAll(parts[i-1], "-", " ") + " is meant."
		}
	}
}

// subject is a group of operations.
type subject struct {
	name, says string
	segments   []string // first parts of the paths, after the version
}

// subjects are the tags, in the order in which a newcomer needs them.
func subjects() []subject {
	return []subject{
		{"Session", "Signing in and out. A phone gets tokens bound to its key, a browser a cookie.", []string{"sign-in", "renew", "sign-out", "me"}},
		{"Sync", "Everything that a phone or console needs, in one round trip, and as a stream.", []string{"sync", "live"}},
		{"Dispatches", "What has happened somewhere, and the jobs that follow from it.", []string{"dispatches", "tasks"}},
		{"Conversations", "Messages, invitations and who has taken note.", []string{"conversations", "invitations", "messages", "broadcasts"}},
		{"Duty", "Who is on duty, where, and what they are doing.", []string{"duty", "shifts", "duress", "positions"}},
		{"Devices", "Phones, tablets and consoles: registration, push addresses, presence, shutting out.", []string{"devices", "presence", "push-key", "push", "readiness"}},
		{"Directory", "The agency, its people and places.", []string{"agency", "users", "zones", "work-zones", "teams", "rta", "choices", "integrations", "import"}},
		{"Record", "The log as it was written, and what is made of it.", []string{"log", "records", "search", "audit", "exports"}},
		{"System", "The server itself.", []string{"openapi", "", "livez", "readyz", "startupz", "docs", "problems"}},
	}
}

// tagOf is the name of the subject that a path belongs to; "" if none has it, which a test complains of.
func tagOf(path string) string {
	segment, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/v1"), "/"), "/")
	segment, _, _ = strings.Cut(segment, ".")
	for _, s := range subjects() {
		if slices.Contains(s.segments, segment) {
			return s.name
		}
	}
	return ""
}

// tag lists the subjects.
func (a *API) tag() {
	for _, s := range subjects() {
		a.Document().Tags = append(a.Document().Tags, &huma.Tag{Name: s.name, Description: s.says})
	}
}

// agreement is what holds for the whole of the document.
func agreement() string {
	return "Dispatch, messages and presence for agencies.\n\n" +
		"**Errors** are problems (RFC 9457) whose `code` is stable; " + problemsPath + "{code} says what to do about each. " +
		"**Writes** take an Idempotency-Key: the same key and body get the same answer for at least 30 days. " +
		"**Lists** are paged by `after` and `limit`. **Ids** are 22 characters, minted by whoever makes the thing. " +
		"**Apps** name themselves by Client-Version, such as officer-ios/3.2.0; one whose support has ended is refused with client_too_old, and can still hand over its outbox. " +
		"**Times** are milliseconds since 1970 or RFC 3339 in UTC. **Additions** come without a new version: a client passes over fields, events and codes that it does not know. " +
		"What of the agency's things a caller may not see is answered as what is not there.\n\n" +
		"User types: " + strings.Join((everyone).Names(), ", ") + "."
}
