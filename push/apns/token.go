package apns

import (
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
	tokenBucket = 30 * time.Minute // iat is rounded down to this
	tokenFloor  = 20 * time.Minute // a token in use is kept this long, even into the next bucket; so it ends at 50 minutes
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
func (k Key) ProviderToken(now time.Time) (string, error) {
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
	}{k.Team, now.Truncate(tokenBucket).Unix()})
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

// Tokens hands out a key's provider token and changes it no sooner than Apple allows. The zero value has no key.
type Tokens struct {
	Key Key

	mu      sync.Mutex
	current string
	bucket  time.Time
	since   time.Time // first handed out
}

// Token is the one to use now: real time, as Apple's is.
func (t *Tokens) Token(now time.Time) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	bucket := now.Truncate(tokenBucket)
	held := now.Sub(t.since)
	if t.current != "" && (bucket.Equal(t.bucket) || held >= 0 && held < tokenFloor) {
		return t.current, nil
	}
	made, err := t.Key.ProviderToken(now)
	if err != nil {
		return "", err
	}
	t.current, t.bucket, t.since = made, bucket, now
	return made, nil
}
