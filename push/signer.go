package push

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"

	"officermobile/store"
)

// kindSigner is one document with the server's own keys, by which apps know its pushes. As with the keys of access
// tokens, the private ones are as secret as the store.
const kindSigner store.Kind = "push_signer"

// signerID is that document's.
const signerID = "keys"

// signer signs pushes. One key serves all agencies: what is signed names the device. It is made at the first push.
type signer struct {
	docs store.Documents

	mu   sync.Mutex
	keys []ed25519.PrivateKey // the last one signs
}

type signerBody struct {
	Seeds [][]byte `json:"seeds"`
}

// key is the key that signs.
func (s *signer) key(ctx context.Context) (ed25519.PrivateKey, error) {
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	return all[len(all)-1], nil
}

// publics are what apps verify by.
func (s *signer) publics(ctx context.Context) ([]ed25519.PublicKey, error) {
	all, err := s.all(ctx)
	publics := make([]ed25519.PublicKey, len(all))
	for i, k := range all {
		publics[i] = k.Public().(ed25519.PublicKey)
	}
	return publics, err
}

// all reads the keys once. Who comes meanwhile reads too, so that nobody waits for the store under the mutex.
func (s *signer) all(ctx context.Context) ([]ed25519.PrivateKey, error) {
	s.mu.Lock()
	keys := s.keys
	s.mu.Unlock()
	if keys != nil {
		return keys, nil
	}
	keys, err := s.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("the keys that pushes are signed with: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
	return keys, nil
}

// load reads the document, at the very first time after making it. Of two nodes one makes it.
func (s *signer) load(ctx context.Context) ([]ed25519.PrivateKey, error) {
	for range contested {
		keys, err := s.read(ctx)
		if !errors.Is(err, store.ErrNotFound) {
			return keys, err
		}
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(signerBody{Seeds: [][]byte{private.Seed()}})
		if err != nil {
			return nil, err
		}
		_, err = s.docs.PutIf(ctx, store.Document{Kind: kindSigner, ID: signerID, Body: body})
		if err != nil && !errors.Is(err, store.ErrVersion) {
			return nil, err
		}
	}
	return nil, errors.New("they can't be made: too much contention")
}

func (s *signer) read(ctx context.Context) ([]ed25519.PrivateKey, error) {
	d, err := s.docs.Get(ctx, kindSigner, signerID)
	if err != nil {
		return nil, err
	}
	var b signerBody
	if err := json.Unmarshal(d.Body, &b); err != nil || len(b.Seeds) == 0 {
		return nil, errors.New("the document is damaged")
	}
	var keys []ed25519.PrivateKey
	for _, seed := range b.Seeds {
		if len(seed) != ed25519.SeedSize {
			return nil, errors.New("a key is damaged")
		}
		keys = append(keys, ed25519.NewKeyFromSeed(seed))
	}
	return keys, nil
}
