package push

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
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
	docs   store.Documents
	logger *slog.Logger

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

// load reads the document. Where there is none, or one of which no key can be read, it is made: apps learn the new key at
// their next start, and ignore notifications until then, iPhones apart. Of two nodes one makes it.
func (s *signer) load(ctx context.Context) ([]ed25519.PrivateKey, error) {
	for range contested {
		keys, version, err := s.read(ctx)
		if err != nil || len(keys) > 0 {
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
		_, err = s.docs.PutIf(ctx, store.Document{Kind: kindSigner, ID: signerID, Version: version, Body: body})
		if err != nil && !errors.Is(err, store.ErrVersion) {
			return nil, err
		}
	}
	return nil, errors.New("they can't be made: too much contention")
}

// read answers the keys that can be read, and the version of the document, 0 for none.
func (s *signer) read(ctx context.Context) (keys []ed25519.PrivateKey, version uint64, err error) {
	d, err := s.docs.Get(ctx, kindSigner, signerID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	var b signerBody
	damaged := json.Unmarshal(d.Body, &b) != nil
	for _, seed := range b.Seeds {
		if len(seed) != ed25519.SeedSize {
			damaged = true
			continue
		}
		keys = append(keys, ed25519.NewKeyFromSeed(seed))
	}
	if damaged || len(keys) == 0 {
		s.logger.Error("push: keys that notifications are signed with are damaged; apps that knew no other show none until they are started", "left", len(keys))
	}
	return keys, d.Version, nil
}
