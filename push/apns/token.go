package apns

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sideshow/apns2/token"

	"officermobile/push/internal/wire"
)

// Apple takes a provider token for an hour and refuses one that is changed within 20 minutes.
const (
	tokenBucket = 30 * time.Minute // iat is rounded down to this, and the next follows after it
	tokenFloor  = 20 * time.Minute // no younger one is replaced
	tokenMost   = 50 * time.Minute // no older one is used
	tokenGrain  = 10 * time.Minute // of iat out of step: the next, 30 minutes after iat, still comes 20 after this one
)

// Key is a token-signing key of an Apple developer team.
type Key struct {
	ID, Team string
	private  *ecdsa.PrivateKey
}

// NewKey reads the PEM of a .p8 file.
func NewKey(id, team string, p8 []byte) (Key, error) {
	if id == "" || team == "" {
		return Key{}, errors.New("apns key: the key id and team id are needed")
	}
	private, err := token.AuthKeyFromBytes(p8)
	if err != nil {
		return Key{}, fmt.Errorf("apns key: %w", err)
	}
	if private.Curve != elliptic.P256() {
		return Key{}, errors.New("apns key: not on P-256")
	}
	return Key{ID: id, Team: team, private: private}, nil
}

// ProviderToken is the token for a time. Every process with the key makes the same bytes within one bucket of half an
// hour, so that neither replicas nor a restart loop ever seem to change it too often.
func (k Key) ProviderToken(now time.Time) (string, error) { return k.sign(now.Truncate(tokenBucket)) }

// sign makes the token that was issued at a time.
func (k Key) sign(issued time.Time) (string, error) {
	header, err := json.Marshal(struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
	}{"ES256", k.ID})
	if err != nil {
		return "", fmt.Errorf("provider token header: %w", err)
	}
	claims, err := json.Marshal(struct {
		Iss string `json:"iss"`
		Iat int64  `json:"iat"`
	}{k.Team, issued.Unix()})
	if err != nil {
		return "", fmt.Errorf("provider token claims: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sig, err := wire.SignES256(k.private, text)
	if err != nil {
		return "", fmt.Errorf("sign the provider token: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// Tokens hands out a key's provider token. While Apple has nothing against it every process hands out the same bytes
// at the same time. The zero value has no key.
type Tokens struct {
	Key Key

	mu      sync.Mutex
	current string
	issued  time.Time
	life    time.Duration // of the current one
	grain   time.Duration // issue times are rounded down to it; 0 for tokenBucket
	minted  uint64
}

// Stats are how many were made, and the age of the one in use as Apple counts it.
func (t *Tokens) Stats(now time.Time) (minted uint64, age time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == "" {
		return t.minted, 0
	}
	return t.minted, now.Sub(t.issued)
}

// Token is the one to use now: real time, as Apple's is.
func (t *Tokens) Token(now time.Time) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if age := now.Sub(t.issued); t.current != "" && age >= 0 && age < t.life {
		return t.current, nil
	}
	issued := now.Truncate(cmp.Or(t.grain, tokenBucket))
	made, err := t.Key.sign(issued)
	if err != nil {
		return "", err
	}
	t.current, t.issued, t.life = made, issued, tokenBucket
	t.minted++
	return made, nil
}

// Refused notes Apple's word against a token: one that has expired, as to a clock ahead of ours, is replaced unless it
// is too young for that, and one after too many others is kept for as long as Apple takes it. From then on this process
// keeps a pace of its own, with issue times closer to the moment.
func (t *Tokens) Refused(token, reason string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case token != t.current:
	case reason == tooManyUpdates:
		t.life, t.grain = tokenMost, tokenGrain
	case reason == "ExpiredProviderToken" && now.Sub(t.issued) >= tokenFloor:
		t.life, t.grain = 0, tokenGrain
	}
}
