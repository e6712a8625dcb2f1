package sync

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models/wire"
	"officermobile/store"
)

// tokenKeys is the kind of documents that hold the keys of tokens: the id is the key's number, 3 digits from 001 to 255,
// the body its 32 bytes. The greatest number seals, all open: to change keys, add a document.
const tokenKeys store.Kind = "token_key"

// keyRefresh bounds how often a token under an unknown key has the documents read again: another node may have a new one.
const keyRefresh = 10 * time.Second

// maxToken bounds what is looked at: twice the largest that is made.
const maxToken = 300

// keyring seals positions into tokens and opens them. The AES key of a token is derived from the master key for its
// agency, user and device, so that random nonces never run out; the same names are bound as associated data.
type keyring struct {
	docs  store.Documents
	clock clock.Clock

	mu     sync.Mutex
	keys   map[byte][]byte
	newest byte
	read   time.Time
}

// openKeyring reads the keys, and makes the first one.
func openKeyring(ctx context.Context, docs store.Documents, c clock.Clock) (*keyring, error) {
	r := &keyring{docs: docs, clock: c, keys: map[byte][]byte{}}
	if err := r.load(ctx); err != nil || len(r.keys) > 0 {
		return r, err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	_, err := docs.PutIf(ctx, store.Document{Kind: tokenKeys, ID: "001", Body: key})
	if err != nil && !errors.Is(err, store.ErrVersion) {
		return nil, fmt.Errorf("make token key: %w", err)
	}
	return r, r.load(ctx)
}

// load reads all keys. Called without the lock.
func (r *keyring) load(ctx context.Context) error {
	docs, err := r.docs.List(ctx, tokenKeys, "", "", 255)
	if err != nil {
		return fmt.Errorf("read token keys: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read = r.clock.Now()
	for _, d := range docs {
		id, err := strconv.ParseUint(d.ID, 10, 8)
		if err != nil || id == 0 || len(d.Body) != 32 {
			return fmt.Errorf("token key %q is damaged", d.ID)
		}
		r.keys[byte(id)] = d.Body
		r.newest = max(r.newest, byte(id))
	}
	return nil
}

// key returns a master key; an unknown one may have been added by another node.
func (r *keyring) key(ctx context.Context, id byte) []byte {
	r.mu.Lock()
	key, stale := r.keys[id], r.clock.Now().Sub(r.read) > keyRefresh
	r.mu.Unlock()
	if key != nil || !stale || r.load(ctx) != nil {
		return key
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[id]
}

// binding names whose token it is.
func binding(who wire.Caller) []byte {
	b := make([]byte, 0, 48)
	b = append(b, who.Agency[:]...)
	b = append(b, who.User[:]...)
	return append(b, who.Device[:]...)
}

func sealer(key, bound []byte) (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, "token\x00"+string(bound), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal makes a token that only who can present.
func (r *keyring) seal(who wire.Caller, p position) (string, error) {
	r.mu.Lock()
	id, key := r.newest, r.keys[r.newest]
	r.mu.Unlock()
	bound := binding(who)
	aead, err := sealer(key, bound)
	if err != nil {
		return "", fmt.Errorf("seal token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(aead.Seal([]byte{id}, nil, p.encode(), bound)), nil
}

// open reads a token that seal made for who. Any other string is errToken.
func (r *keyring) open(ctx context.Context, who wire.Caller, token string) (position, error) {
	if len(token) > maxToken {
		return position{}, errToken
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < 2 {
		return position{}, errToken
	}
	key := r.key(ctx, b[0])
	if key == nil {
		return position{}, errToken
	}
	bound := binding(who)
	aead, err := sealer(key, bound)
	if err != nil {
		return position{}, errToken
	}
	plain, err := aead.Open(nil, nil, b[1:], bound)
	if err != nil {
		return position{}, errToken
	}
	return decodePosition(plain)
}
