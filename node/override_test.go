package node_test

import (
	"context"
	"testing"

	"officermobile/audit"
	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/node"
	"officermobile/push"
	"officermobile/store/sqlite"
)

// An urgent message that woke somebody off duty is a line of the agency's audit log: whom, on what, about which message.
func TestOverridesAreOnRecord(t *testing.T) {
	t.Parallel()
	t.Run("R8 the audit log has the override", func(t *testing.T) {
		t.Parallel()
		st, err := sqlite.Open(t.Context(), t.TempDir())
		ok(t, err)
		t.Cleanup(func() { ok(t, st.Close()) })
		log := audit.New(st, audit.Options{})
		t.Cleanup(func() { ok(t, log.Close(context.Background())) })
		agency := models.AgencyID{1}
		o := push.Override{User: models.UserID{2}, Device: models.DeviceID{3}, Message: models.MessageID{4}, Seq: 5, Why: push.IsOffDuty}
		ok(t, node.OverridesTo(log)(t.Context(), agency, o))
		page, err := log.Search(t.Context(), agency, trail.Query{What: "push_override", Limit: 9})
		ok(t, err)
		if len(page.Entries) != 1 {
			t.Fatalf("got %d lines, want 1", len(page.Entries))
		}
		got := page.Entries[0]
		if got.Why != "off_duty" || got.Seq != 5 || !got.User.IsZero() || len(got.Objects) != 3 || got.Objects[0].ID != o.User.String() {
			t.Errorf("got %+v", got)
		}
	})
}
