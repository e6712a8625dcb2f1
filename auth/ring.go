package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// ring is the keys as used. It is never changed, only replaced.
type ring struct {
	version uint64
	keys    []ringKey // by Signs
	jwks    []byte
}

type ringKey struct {
	storedKey
	kid     string
	private *ecdsa.PrivateKey
}

// signer is the key that signs at now.
func (r *ring) signer(now time.Time) ringKey {
	found := r.keys[0]
	for _, k := range r.keys[1:] {
		if !now.Before(k.Signs) {
			found = k
		}
	}
	return found
}

// verifier finds a key by its id, if its tokens are accepted at now; nil otherwise.
func (r *ring) verifier(kid string, now time.Time) *ecdsa.PublicKey {
	for _, k := range r.keys {
		if k.kid == kid && (k.Verifies.IsZero() || now.Before(k.Verifies)) {
			return &k.private.PublicKey
		}
	}
	return nil
}

func newRing(version uint64, stored []storedKey) (*ring, error) {
	if len(stored) == 0 {
		return nil, errors.New("the ring of signing keys is empty")
	}
	r := &ring{version: version}
	set := struct {
		Keys []jwk `json:"keys"`
	}{}
	for _, k := range stored {
		parsed, err := x509.ParsePKCS8PrivateKey(k.Private)
		private, ok := parsed.(*ecdsa.PrivateKey)
		if err != nil || !ok || private.Curve != elliptic.P256() {
			return nil, errors.New("a signing key is damaged")
		}
		public, err := newJWK(&private.PublicKey)
		if err != nil {
			return nil, err
		}
		r.keys = append(r.keys, ringKey{k, public.Kid, private})
		set.Keys = append(set.Keys, public)
	}
	var err error
	r.jwks, err = json.Marshal(set)
	return r, err
}

// jwk is a public key as RFC 7517 writes it.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
}

func newJWK(public *ecdsa.PublicKey) (jwk, error) {
	point, err := public.Bytes() // 4, x, y (SEC 1, 2.3.3)
	if err != nil {
		return jwk{}, err
	}
	b64 := base64.RawURLEncoding
	k := jwk{Kty: "EC", Crv: "P-256", X: b64.EncodeToString(point[1:33]), Y: b64.EncodeToString(point[33:]), Use: "sig", Alg: "ES256"}
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + k.X + `","y":"` + k.Y + `"}`)) // RFC 7638
	k.Kid = b64.EncodeToString(sum[:])
	return k, nil
}
