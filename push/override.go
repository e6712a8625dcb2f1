package push

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
)

// Override is that an urgent message woke somebody off duty, whom the agency spares what is less.
type Override struct {
	User    models.UserID
	Device  models.DeviceID
	Message models.MessageID
	Seq     record.Seq // of the event that it rang about
	Why     Reason     // what was overridden
}

// recordOverride puts an emergency's first ring on a device on record. It comes after the ring, for nothing may hold an
// emergency up, and before the slot is settled: after a crash between the two both are repeated.
func (p *Service) recordOverride(ctx context.Context, k slotKey, r ring, l outlook, v Verdict) {
	if p.overridden == nil || v.Ground.Overrode != IsOffDuty || !l.first {
		return
	}
	o := Override{User: r.User, Device: k.device, Message: models.MessageID(k.thing.id), Seq: r.Last, Why: v.Ground.Overrode}
	if err := p.overridden(ctx, k.agency, o); err != nil {
		p.logger.Error("push: an override of duty is not on record", "agency", k.agency.Hex(), "err", err)
	}
}

// firstOf reports a ring that tells of an urgent message itself, and not of a step of its escalation alone.
func firstOf(s *models.State, t thing, r ring) bool {
	if t.sort != anUrgent {
		return false
	}
	m := s.Message(models.MessageID(t.id))
	return m != nil && r.From <= m.Seq
}
