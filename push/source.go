package push

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Feed is the log as this node has applied it. Package sync has it; main hands it over.
type Feed interface {
	// Agencies lists the agencies of this node.
	Agencies(ctx context.Context) ([]models.AgencyID, error)
	// Events returns events behind after that the agency's state has applied, in order, about limit of them, and the
	// position up to which it has answered. Any position will do for after, also one within a batch; a log pruned past
	// it answers from its oldest event.
	Events(ctx context.Context, agency models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error)
	// Changed is closed when something is applied after this call.
	Changed(agency models.AgencyID) <-chan struct{}
}

// Sight is what can be seen as of now.
type Sight interface {
	// View shows an agency's state under its read lock; fn must be quick and keep nothing it was given but values.
	View(ctx context.Context, agency models.AgencyID, fn func(*models.State)) error
	// Presence is what a device is doing and how far it has confirmed; it is called often and must be from memory.
	Presence(agency models.AgencyID, device models.DeviceID) wire.DevicePresence
}
