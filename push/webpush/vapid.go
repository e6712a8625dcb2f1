package webpush

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"officermobile/push/internal/wire"

	"github.com/go-json-experiment/json"
)

// Life of a VAPID token. Apple takes at most 24 h; tokens are the same within a bucket, over replicas and restarts.
const (
	tokenLife   = 18 * time.Hour
	tokenBucket = 6 * time.Hour
)

// Key is the server's identity towards browsers' push services (RFC 8292). Subscriptions are bound to it for life: with
// another key every tablet has to subscribe anew.
type Key struct {
	private *ecdsa.PrivateKey
	public  string // as a browser wants it for subscribe: base64url of the point
	subject string
}

// NewKey reads the PEM of a private key on P-256 (PKCS #8 or SEC 1). subject is whom a push service may write to: mailto:
// and an address, or an https URL.
func NewKey(text []byte, subject string) (Key, error) {
	if !strings.HasPrefix(subject, "mailto:") && !strings.HasPrefix(subject, "https://") {
		return Key{}, errors.New("webpush: the subject is a mailto: or https: address")
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return Key{}, errors.New("webpush: the key is no PEM")
	}
	private, err := parseKey(block.Bytes)
	if err != nil || private.Curve != elliptic.P256() {
		return Key{}, errors.New("webpush: the key is none on P-256")
	}
	point, err := private.PublicKey.ECDH()
	if err != nil {
		return Key{}, errors.New("webpush: the key is none on P-256")
	}
	return Key{private, base64.RawURLEncoding.EncodeToString(point.Bytes()), subject}, nil
}

func parseKey(der []byte) (*ecdsa.PrivateKey, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if private, ok := key.(*ecdsa.PrivateKey); ok {
			return private, nil
		}
		return nil, errors.New("not an EC key")
	}
	return x509.ParseECPrivateKey(der)
}

// Public is the key that the web app gives to PushManager.subscribe as applicationServerKey.
func (k Key) Public() string { return k.public }

// Authorization is the header for an endpoint's service.
func (k Key) Authorization(endpoint *url.URL, now time.Time) (string, error) {
	header, err := json.Marshal(struct {
		Typ string `json:"typ"`
		Alg string `json:"alg"`
	}{"JWT", "ES256"})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(struct {
		Aud string `json:"aud"`
		Exp int64  `json:"exp"`
		Sub string `json:"sub"`
	}{endpoint.Scheme + "://" + endpoint.Host, now.Truncate(tokenBucket).Add(tokenLife).Unix(), k.subject})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	signature, err := wire.SignES256(k.private, text)
	if err != nil {
		return "", fmt.Errorf("sign a vapid token: %w", err)
	}
	return "vapid t=" + text + "." + base64.RawURLEncoding.EncodeToString(signature) + ", k=" + k.public, nil
}
