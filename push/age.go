package push

import (
	"context"
	"errors"
	"strings"
	"time"

	"officermobile/store"
)

// An address whose device is not heard any more is worth less and less: the phone lies in a drawer, or the app is gone
// and its provider has not noticed.
const (
	quietAge  = 30 * 24 * time.Hour  // then no badge is sent there
	aged      = 60 * 24 * time.Hour  // then no message is; what is more urgent is tried until the end
	oldest    = 270 * 24 * time.Hour // then it is forgotten: Google ends tokens at that age
	deadKept  = 30 * 24 * time.Hour  // what is left of a dead one, for whoever asks what became of it
	reviewAge = 5 * 24 * time.Hour   // presence remembers a week: so nobody who was heard is missed
)

// tooOld reports a device that was not heard for so long that a class does not ring there.
func tooOld(c Class, seen, now time.Time) bool {
	switch since := now.Sub(seen); {
	case seen.IsZero() || c > Message:
		return false
	case c == Quiet:
		return since >= quietAge
	default:
		return since >= aged
	}
}

// reviewAt is when a document is looked at again.
func (s *addresses) reviewAt(a addressBody) time.Time {
	if !a.DiedAt.IsZero() {
		return a.DiedAt.Add(deadKept)
	}
	return s.clock.Now().Add(reviewAge)
}

// reviewAddresses looks again at those whose time has come, a page of them, and reports whether there may be more.
func (p *Service) reviewAddresses(ctx context.Context) (more bool, err error) {
	docs, err := p.docs.Due(ctx, kindAddress, p.clock.Now(), sweepPage)
	if err != nil {
		return false, err
	}
	for _, d := range docs {
		err = errors.Join(err, ignore(p.review(ctx, d), store.ErrVersion))
	}
	return len(docs) == sweepPage && err == nil, err
}

// review notes when a device was heard and seals its address under the newest key; or ends what has had its time. That an
// address is too old must be found by two reviews in a row, of which its due time tells: a server that starts with its
// clock a year ahead, or after a year, forgets nobody who is heard within the days until the second.
func (p *Service) review(ctx context.Context, d store.Document) error {
	k, ok := parseDeviceKey(d.ID)
	if !ok {
		return p.docs.Delete(ctx, d.Kind, d.ID, d.Version)
	}
	a, err := p.addresses.read(k, d)
	if err != nil {
		return err
	}
	now := p.clock.Now()
	a.SeenAt = maxTime(a.SeenAt, p.sight.Presence(k.agency, k.device).Heard)
	if !a.DiedAt.IsZero() || now.Sub(a.SeenAt) >= oldest && d.Due.Add(-reviewAge).Sub(a.SeenAt) >= oldest {
		return p.addresses.erase(ctx, k, a)
	}
	if a.unreadable { // the key may come back
		d.Due = now.Add(reviewAge)
		_, err := p.docs.PutIf(ctx, d)
		return err
	}
	if err := p.addresses.write(ctx, k, a); err != nil {
		return err
	}
	return p.addresses.reclaim(ctx, k, a.address())
}

// reclaim makes a device's own claim anew if it was made under an older key.
func (s *addresses) reclaim(ctx context.Context, k deviceKey, a Address) error {
	had, err := s.claimOn(ctx, a)
	if err != nil || had.device != k.String() {
		return err
	}
	_, err = s.claim(ctx, k, a)
	return err
}

// parseDeviceKey reads what deviceKey.String wrote.
func parseDeviceKey(id string) (k deviceKey, ok bool) {
	agency, device, found := strings.Cut(id, "/")
	return k, found && fromHex(k.agency[:], agency) && fromHex(k.device[:], device)
}
