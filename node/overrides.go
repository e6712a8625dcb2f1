package node

import (
	"context"

	"officermobile/audit"
	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/push"
)

// overridesTo is push's hook: that an urgent message woke somebody off duty goes into the agency's audit log.
func overridesTo(r *audit.Recorder) func(context.Context, models.AgencyID, push.Override) error {
	return func(ctx context.Context, agency models.AgencyID, o push.Override) error {
		return r.Record(ctx, agency, trail.Entry{
			What: "push_override", Outcome: trail.OK, Why: string(o.Why), Seq: uint64(o.Seq), Objects: []trail.Object{
				{Kind: "user", ID: o.User.String()}, {Kind: "device", ID: o.Device.String()}, {Kind: "message", ID: o.Message.String()},
			},
		})
	}
}
