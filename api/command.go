package api

import (
	"context"
	"crypto/sha256"
	"fmt"

	"officermobile/models"
	"officermobile/models/record"

	"github.com/go-json-experiment/json"
)

// Writer carries commands out.
type Writer interface {
	// Do decides a command, makes what follows durable and answers it; no events: all was so already. With
	// Command.Request set, the same key with the same body answers the events of the first time, and with another body
	// KindMismatch. Any *models.Error is for the client.
	Do(ctx context.Context, agency models.AgencyID, cmd models.Command) ([]models.Event, error)
}

// Keyed is the part that all writes have in common. It is exported, as are the other embedded inputs, because Huma
// passes over embedded types that are not.
type Keyed struct {
	Key string `header:"Idempotency-Key" minLength:"1" maxLength:"200" pattern:"^[ -~]+$" patternDescription:"printable ASCII" doc:"The same key and body get the same answer for at least 30 days; another body under that key is refused with 422."`
}

// write carries out a command that came by REST, and answers what a client needs to know of it. The answer follows
// from the events alone, so that a repetition gets the same.
func (a *API) write(ctx context.Context, key string, on basis, body models.CommandBody) (Written, error) {
	ex := exchangeOf(ctx)
	cmd := models.Command{
		At: models.Micros(a.opts.Clock.Now().UnixMicro()), Actor: ex.caller.User, Device: ex.device(), Body: body,
		Base: on.base, Match: on.match,
	}
	if _, registers := body.(*models.DeviceRegister); registers {
		cmd.Device = ex.caller.Device
	}
	request, err := requestOf(ex, key, on, body)
	if err != nil {
		return Written{}, err
	}
	cmd.Request = request
	a.mint(body)
	events, err := a.deps.Writer.Do(ctx, ex.caller.Agency, cmd)
	if err != nil {
		return Written{}, err
	}
	if err := Follow(ctx, a.deps.Auth, a.deps.Push, ex.caller.Agency, events); err != nil {
		return Written{}, err
	}
	if len(events) == 0 {
		return a.unchanged(ctx, body)
	}
	w := writtenOf(events)
	ex.seq, ex.made = w.Seq, w.ID
	return w, nil
}

// requestOf identifies a write by who asks, the route, the key, and the command as the client gave it: before ids that
// it left to the server are minted, and canonical, so that the order of names and blanks don't matter.
func requestOf(ex *exchange, key string, on basis, body models.CommandBody) (record.Request, error) {
	if key == "" {
		return record.Request{}, nil
	}
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return record.Request{}, fmt.Errorf("hash a %s: %w", body.CommandType(), err)
	}
	if on != (basis{}) {
		text = fmt.Appendf(text, "|%d|%d", on.match, on.base)
	}
	whose := ex.caller.User.Hex() + "|" + ex.route
	if _, registers := body.(*models.DeviceRegister); registers { // its command doesn't name the device
		whose += "|" + ex.caller.Device.Hex()
	}
	return record.Request{
		Key:  sha256.Sum256([]byte(whose + "|" + key)),
		Body: sha256.Sum256(text),
	}, nil
}

// checkKey is the rule for Idempotency-Key where Huma doesn't see it.
func checkKey(key string) error {
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return models.Invalid("Idempotency-Key", "is printable ASCII")
		}
	}
	if len(key) > 200 {
		return models.Invalid("Idempotency-Key", "has at most 200 characters")
	}
	return nil
}

// mint gives an id to what the client left without one.
func (a *API) mint(body models.CommandBody) {
	a.mintAt(idFor(body))
	switch b := body.(type) {
	case *models.Comment:
		if b.Text != "" {
			a.mintAt((*record.UUID)(&b.MessageID))
		}
	case *models.DuressRaise:
		a.mintAt((*record.UUID)(&b.MessageID))
	case *models.BroadcastCreate:
		a.mintAt((*record.UUID)(&b.MessageID))
	}
}

func (a *API) mintAt(id *record.UUID) {
	if id != nil && id.IsZero() {
		*id = a.opts.NewID()
	}
}

// idFor is where a command has the id of what it makes; nil for one that makes nothing with an id of its own.
func idFor(body models.CommandBody) *record.UUID {
	switch b := body.(type) {
	case *models.MessagePost:
		return (*record.UUID)(&b.ID)
	case *models.ConversationCreate:
		return (*record.UUID)(&b.ID)
	case *models.DuressRaise:
		return (*record.UUID)(&b.ID)
	case *models.BroadcastCreate:
		return (*record.UUID)(&b.ID)
	case *models.DispatchCreate:
		return (*record.UUID)(&b.ID)
	case *models.DispatchLog:
		return (*record.UUID)(&b.ID)
	case *models.TaskCreate:
		return (*record.UUID)(&b.ID)
	case *models.UserCreate:
		return (*record.UUID)(&b.ID)
	case *models.PutZone:
		return (*record.UUID)(&b.ID)
	case *models.PutWorkZone:
		return (*record.UUID)(&b.ID)
	case *models.PutTeam:
		return (*record.UUID)(&b.ID)
	case *models.PutRTA:
		return (*record.UUID)(&b.ID)
	case *models.PutChoice:
		return (*record.UUID)(&b.ID)
	}
	return nil
}
