package push

import (
	"crypto/ecdh"
	"encoding/base64"
	"fmt"
)

// WebKeys are those of a browser's subscription: what is sent is encrypted to them (RFC 8291).
type WebKeys struct {
	P256DH string `json:"p256dh"` // public key, an uncompressed point on P-256, base64url
	Auth   string `json:"auth"`   // 16 bytes that the browser shares with us, base64url
}

// webAuthBytes is the length of the shared secret: RFC 8291, section 3.2.
const webAuthBytes = 16

// Parse reads the keys; the error is ErrMalformed and quotes nothing.
func (k WebKeys) Parse() (*ecdh.PublicKey, []byte, error) {
	point, err := base64.RawURLEncoding.DecodeString(k.P256DH)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: p256dh", ErrMalformed)
	}
	key, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: p256dh", ErrMalformed)
	}
	secret, err := base64.RawURLEncoding.DecodeString(k.Auth)
	if err != nil || len(secret) != webAuthBytes {
		return nil, nil, fmt.Errorf("%w: auth", ErrMalformed)
	}
	return key, secret, nil
}
