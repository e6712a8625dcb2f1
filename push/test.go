package push

import (
	"context"
	"slices"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// A test is a ring like any other: an event of the log, a slot, the provider, a verdict. It is a message to its provider,
// of the words that say what it is, and it rings whatever the device is doing: what is tested is the way there.

// testLife is how long a test is worth sending: somebody looks at the phone meanwhile.
const testLife = 2 * time.Minute

func testOf(id models.DeviceID) thing { return thing{aTest, id.UUID()} }

// testOwed is the one device that a test is about, if it is still that user's.
func testOwed(s *models.State, e models.Event, b *models.DeviceTested) []owed {
	if !bound(s, b.ID, b.User) {
		return nil
	}
	o, _ := subject(s, e)
	o.author, o.sender = models.UserID{}, models.DeviceID{} // who tests their own phone wants it to ring
	o.user, o.key.agency, o.key.device = b.User, s.Agency.ID, b.ID
	return []owed{o}
}

// tested decides about a test: nothing but what makes it impossible keeps it from ringing.
func (f Facts) tested() Verdict {
	switch {
	case !f.Bound:
		return Verdict{Decision: Suppress, Reason: Revoked}
	case !f.Now.Before(f.Expires):
		return Verdict{Decision: Suppress, Reason: HasExpired}
	case !f.HasAddress:
		return Verdict{Decision: Suppress, Reason: NoAddress}
	case f.Denied:
		return Verdict{Decision: Suppress, Reason: NotAllowed}
	}
	return Verdict{Decision: Push, Reason: IsTest}
}

// Tested is what became of the test of a device that an event asked for; models.ErrNotFound for any other event.
func (p *Service) Tested(ctx context.Context, agency models.AgencyID, device models.DeviceID, seq record.Seq) (VerdictRecord, error) {
	all, err := p.Verdicts(ctx, agency, seq)
	if err != nil {
		return VerdictRecord{}, err
	}
	thing := testOf(device).String()
	i := slices.IndexFunc(all, func(v VerdictRecord) bool { return v.Device == device && v.Thing == thing })
	if i < 0 {
		return VerdictRecord{}, models.ErrNotFound
	}
	return all[i], nil
}
