package api

import (
	"slices"
	"strings"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/trail"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

// noteLanes leaves a line for each command of an outbox that administers, or was denied. Nobody waits for it: what an
// outbox carries was decided in the field, perhaps hours ago, and dispatching goes on whatever the audit log does.
func (a *API) noteLanes(ex *exchange, queues map[string]wire.LaneQueue, answers map[string]wire.LaneAnswer) {
	for name, answer := range answers {
		q := queues[name]
		for i, r := range answer.Results {
			n := r.Num - q.First
			if n >= uint64(len(q.Commands)) { // never, of what answers this queue
				continue
			}
			c := q.Commands[n]
			if !administers(c.Type) && r.Code != models.ErrForbidden.Code {
				continue
			}
			e := ex.origin()
			e.Way, e.What, e.Outcome, e.Seq, e.Objects = trail.BySync, c.Type, outcomeOf(r), uint64(r.Seq), subjectOf(c)
			if i < answer.Known {
				e.Why = "repeated" // it was decided before: the device did not hear the answer
			}
			a.deps.Audit.Note(ex.caller.Agency, e)
		}
	}
}

// administers reports a command whose route is audited.
func administers(name string) bool {
	kind, verb, _ := strings.Cut(name, ".")
	switch kind {
	case "agency", "user", "zone", "work_zone", "team", "rta", "choice":
		_, unknown := models.DecodeCommand(name, nil)
		return !isUnknown(unknown)
	case "device":
		return verb == "revoke" || verb == "release"
	}
	return false
}

// isUnknown is the refusal of a type that does not exist, whose name was chosen freely.
func isUnknown(err error) bool {
	e := models.AsError(err)
	return e != nil && e.Code == "unknown_command"
}

func outcomeOf(r models.Result) string {
	switch r.Outcome {
	case models.Applied:
		return trail.OK
	case models.Rejected:
		return string(r.Code)
	}
	return string(r.Outcome)
}

// subjectOf is what a command is about. What is no id was chosen freely, and is left out.
func subjectOf(c wire.Command) []trail.Object {
	var body struct {
		ID     string `json:"id"`
		User   string `json:"user_id"`
		Device string `json:"device_id"`
	}
	if json.Unmarshal(c.Body, &body) != nil {
		return nil // malformed, as its refusal says
	}
	kind, _, _ := strings.Cut(c.Type, ".")
	objects := []trail.Object{{Kind: kind, ID: body.ID}, {Kind: "user", ID: body.User}, {Kind: "device", ID: body.Device}}
	return slices.DeleteFunc(objects, func(o trail.Object) bool {
		_, err := record.ParseUUID(o.ID)
		return err != nil
	})
}
