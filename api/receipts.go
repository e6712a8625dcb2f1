package api

import (
	"context"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// Account is whom a message was for, as push knows it.
type Account struct {
	Known      string // posted, later, now
	AsOf       models.Micros
	Recipients []Addressee // by user
	Steps      []Climb     // in order
}

// Climb is a step by which a message was escalated, and whom it was for.
type Climb struct {
	Step       models.Step
	At         models.Micros
	Recipients []Addressee // by user
}

// Addressee is somebody a message was for. None is the verdict of who has no device.
type Addressee struct {
	User    models.UserID
	ByRole  bool
	Devices []wire.DeviceRing
	None    *wire.PushVerdict
}

type receiptsInput struct {
	ID models.MessageID `path:"id"`
}

// receipts puts together what push, presence, the marks and the acknowledgements know of a message.
func (a *API) receipts(ctx context.Context, in *receiptsInput) (*answer[wire.Receipts], error) {
	ex := exchangeOf(ctx)
	event, err := a.deps.Sync.Message(ctx, ex.wireCaller(), in.ID)
	if err != nil {
		return nil, err
	}
	posted := event.Body.(*models.MessagePosted) // of no other type, says Message
	account, acks, err := a.accountOf(ctx, event, posted)
	if err != nil {
		return nil, err
	}
	row := wire.RowRef{Conversation: posted.Conversation, N: posted.N, Seq: event.Seq}
	all := wire.Receipts{
		Message: posted.ID, Conversation: posted.Conversation, N: posted.N, Author: event.Actor, At: millis(event.At), Urgent: posted.Urgent,
		Known: account.Known, AsOf: millis(account.AsOf), Recipients: []wire.Receipt{},
	}
	err = a.view(ctx, func(s *models.State) error {
		all.Forgotten = s.ReadsForgotten(row.Conversation, row.N)
		for _, to := range account.Recipients {
			all.Recipients = append(all.Recipients, receiptOf(s, row, to, acks))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, to := range account.Recipients {
		r := &all.Recipients[i]
		for _, d := range to.Devices {
			r.Devices = append(r.Devices, deviceReceipt(d, all.At, a.deps.Sync.Delivery(ex.caller.Agency, d.Device, to.User, row)))
		}
		r.State = furthest(r)
	}
	for _, c := range account.Steps {
		all.Steps = append(all.Steps, shownStep(c))
	}
	return answered(all), nil
}

// accountOf is whom a message was for, and of an urgent one how it was escalated and who has acknowledged it.
func (a *API) accountOf(ctx context.Context, event models.Event, posted *models.MessagePosted) (Account, map[models.UserID]models.Micros, error) {
	agency := exchangeOf(ctx).caller.Agency
	if !posted.Urgent {
		account, err := a.deps.Push.Account(ctx, agency, event, nil)
		return account, nil, err
	}
	steps, err := a.deps.Sync.Steps(ctx, agency, posted.ID)
	if err != nil {
		return Account{}, nil, err
	}
	account, err := a.deps.Push.Account(ctx, agency, event, steps)
	if err != nil {
		return Account{}, nil, err
	}
	users := make([]models.UserID, len(account.Recipients))
	for i, r := range account.Recipients {
		users[i] = r.User
	}
	acks, err := a.deps.Sync.Acks(ctx, agency, posted.ID, users)
	return account, acks, err
}

// receiptOf is what the state knows of a recipient and a message.
func receiptOf(s *models.State, row wire.RowRef, to Addressee, acks map[models.UserID]models.Micros) wire.Receipt {
	r := wire.Receipt{User: to.User, ByRole: to.ByRole, Push: to.None, Devices: []wire.DeviceReceipt{}}
	if at, exact, read := s.Mark(row.Conversation, to.User).ReadAt(row.N); read {
		r.Read = &wire.Moment{At: millis(at), Before: !exact}
	}
	if at, ok := acks[to.User]; ok {
		r.Acknowledged = &wire.Moment{At: millis(at)}
	}
	return r
}

func shownStep(c Climb) wire.ReceiptStep {
	s := wire.ReceiptStep{Step: c.Step, At: millis(c.At), Recipients: []wire.StepRecipient{}}
	for _, to := range c.Recipients {
		r := wire.StepRecipient{User: to.User, ByRole: to.ByRole, Devices: []wire.DeviceRing{}, Push: to.None}
		r.Devices = append(r.Devices, to.Devices...)
		s.Recipients = append(s.Recipients, r)
	}
	return s
}

func deviceReceipt(d wire.DeviceRing, queued int64, known wire.Delivery) wire.DeviceReceipt {
	r := wire.DeviceReceipt{Device: d.Device, Queued: queued, Delivery: known.State, Push: d.Push}
	if known.State == wire.Delivered {
		r.Delivered = &wire.Moment{At: known.At.UnixMilli(), Before: known.Before}
	}
	return r
}

// furthest is how far a message has come with a recipient. Who has read it has it, whatever a device says.
func furthest(r *wire.Receipt) wire.ReceiptState {
	switch {
	case r.Acknowledged != nil:
		return wire.Acknowledged
	case r.Read != nil:
		return wire.HasRead
	}
	for _, d := range r.Devices {
		if d.Delivered != nil {
			return wire.HasIt
		}
	}
	return wire.Queued
}

func millis(at models.Micros) int64 { return int64(at) / int64(time.Millisecond/time.Microsecond) }

type deviceVerdictsInput struct {
	ID    models.DeviceID `path:"id"`
	Limit int             `query:"limit" minimum:"1" maximum:"200" doc:"At most 200; 50 if absent."`
}

// DeviceVerdicts are the latest about one device.
type DeviceVerdicts struct {
	Verdicts []wire.DeviceVerdict `json:"verdicts"` // the newest first
	More     bool                 `json:"more,omitzero" doc:"There may be older ones."`
}

// defaultVerdicts is about a shift's worth of a phone.
const defaultVerdicts = 50

// deviceVerdicts answer "why did my phone not ring?". What it was about is named to who used the
// device then alone: a dispatcher is not told who has private conversations.
func (a *API) deviceVerdicts(ctx context.Context, in *deviceVerdictsInput) (*answer[DeviceVerdicts], error) {
	ex := exchangeOf(ctx)
	err := a.view(ctx, func(s *models.State) error {
		d := s.Device(in.ID)
		if d == nil || d.User != ex.caller.User && !ex.types.Any(runners) {
			return models.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if in.Limit == 0 {
		in.Limit = defaultVerdicts
	}
	latest, more, err := a.deps.Push.OfDevice(ctx, ex.caller.Agency, in.ID, in.Limit)
	if err != nil {
		return nil, err
	}
	shown := DeviceVerdicts{Verdicts: []wire.DeviceVerdict{}, More: more}
	for _, v := range latest {
		if v.User != ex.caller.User {
			if v.ID = ""; !ex.types.Any(runners) {
				continue // of who had the device before
			}
		}
		shown.Verdicts = append(shown.Verdicts, v)
	}
	return answered(shown), nil
}
