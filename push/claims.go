package push

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"officermobile/store"
)

// kindClaim documents are named by a keyed hash of an address and say which device has it: whoever claims it last has
// it alone, so that a phone that changed hands rings for one person.
const kindClaim store.Kind = "push_claim"

type claimBody struct {
	Device string `json:"device"` // agency and device, as in the address's id
}

// claimed is a claim as it was read; the zero one is none.
type claimed struct {
	id      string
	device  string
	version uint64
}

// sameTarget reports two registrations of one address.
func sameTarget(a, b Address) bool { return a.Kind == b.Kind && a.App == b.App && a.Token == b.Token }

// claim takes the claim on an address and answers whose it was, "" for nobody else's. One that was made under an older
// key is made anew under the newest.
func (s *addresses) claim(ctx context.Context, k deviceKey, a Address) (former string, err error) {
	body, err := json.Marshal(claimBody{k.String()})
	if err != nil {
		return "", err
	}
	newest := s.keys.claims(a)[0]
	for range contested {
		had, err := s.claimOn(ctx, a)
		if err != nil {
			return "", err
		}
		if had.device == k.String() && had.id == newest {
			return "", nil
		}
		d := store.Document{Kind: kindClaim, ID: newest, Body: body}
		if had.id == newest {
			d.Version = had.version
		}
		_, err = s.docs.PutIf(ctx, d)
		if errors.Is(err, store.ErrVersion) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("claim a push address: %w", err)
		}
		if had.id != newest {
			err = s.drop(ctx, had)
		}
		if had.device == k.String() {
			return "", err
		}
		return had.device, err
	}
	return "", errors.New("claim a push address: too much contention")
}

// claimOn is the claim on an address, under whichever key it was made.
func (s *addresses) claimOn(ctx context.Context, a Address) (claimed, error) {
	for _, id := range s.keys.claims(a) {
		d, err := s.docs.Get(ctx, kindClaim, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return claimed{}, fmt.Errorf("read the claim on a push address: %w", err)
		}
		var c claimBody
		if json.Unmarshal(d.Body, &c) != nil {
			return claimed{id: id, version: d.Version}, nil // damaged: nobody's, so that the next registration has it
		}
		return claimed{id, c.Device, d.Version}, nil
	}
	return claimed{}, nil
}

// disclaim gives the claim on an address back, if the device has it.
func (s *addresses) disclaim(ctx context.Context, k deviceKey, a Address) error {
	had, err := s.claimOn(ctx, a)
	if err != nil || had.device != k.String() {
		return err
	}
	return s.drop(ctx, had)
}

// drop deletes a claim as it was read; one that has changed hands since stays.
func (s *addresses) drop(ctx context.Context, c claimed) error {
	if c.id == "" {
		return nil
	}
	err := s.docs.Delete(ctx, kindClaim, c.id, c.version)
	if err != nil && !errors.Is(err, store.ErrVersion) {
		return fmt.Errorf("delete the claim on a push address: %w", err)
	}
	return nil
}
