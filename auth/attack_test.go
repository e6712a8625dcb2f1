package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"officermobile/auth"

	"github.com/golang-jwt/jwt/v5"
)

// forge is a stolen signing key: what it signs differs from a good token in one thing only, so that each refusal is
// for that thing.
type forge struct {
	private *ecdsa.PrivateKey
	kid     string
	claims  jwt.MapClaims
}

func newForge(t *testing.T, w *world, good string) forge {
	t.Helper()
	d, err := w.docs.Get(t.Context(), "signing_key", "ring")
	if err != nil {
		t.Fatal(err)
	}
	var keys []struct{ Private []byte }
	if err := json.Unmarshal(d.Body, &keys); err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keys[0].Private)
	if err != nil {
		t.Fatal(err)
	}
	f := forge{private: parsed.(*ecdsa.PrivateKey), claims: jwt.MapClaims{}}
	token, _, err := jwt.NewParser().ParseUnverified(good, f.claims)
	if err != nil {
		t.Fatal(err)
	}
	f.kid = token.Header["kid"].(string)
	return f
}

func (f forge) token(t *testing.T, method jwt.SigningMethod, key any, change func(header map[string]any, claims jwt.MapClaims)) string {
	t.Helper()
	token := jwt.NewWithClaims(method, maps.Clone(f.claims))
	token.Header["typ"], token.Header["kid"] = "at+jwt", f.kid
	change(token.Header, token.Claims.(jwt.MapClaims))
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestForgedAccessTokens(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		f := newForge(t, w, session.Access)
		der, err := x509.MarshalPKIXPublicKey(&f.private.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		type edit = func(h map[string]any, c jwt.MapClaims)
		header := func(name string, v any) edit { return func(h map[string]any, _ jwt.MapClaims) { h[name] = v } }
		claim := func(name string, v any) edit { return func(_ map[string]any, c jwt.MapClaims) { c[name] = v } }
		without := func(name string) edit {
			return func(h map[string]any, c jwt.MapClaims) { delete(h, name); delete(c, name) }
		}
		es := func(change edit) string { return f.token(t, jwt.SigningMethodES256, f.private, change) }

		if _, err := s.Verify(t.Context(), es(func(map[string]any, jwt.MapClaims) {})); err != nil {
			t.Fatalf("the forge itself is off: %v", err)
		}
		cases := map[string]string{
			"alg none":            f.token(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, func(map[string]any, jwt.MapClaims) {}),
			"alg NoNe":            respell(t, session.Access, "NoNe"),
			"HS256, public key":   f.token(t, jwt.SigningMethodHS256, publicPEM, func(map[string]any, jwt.MapClaims) {}),
			"HS256, public DER":   f.token(t, jwt.SigningMethodHS256, der, func(map[string]any, jwt.MapClaims) {}),
			"another's signature": f.token(t, jwt.SigningMethodES256, stranger, func(map[string]any, jwt.MapClaims) {}),
			"cut signature":       session.Access[:len(session.Access)-4],
			"no signature":        session.Access[:strings.LastIndex(session.Access, ".")+1],
			"four parts":          session.Access + ".x",
			"typ JWT":             es(header("typ", "JWT")),
			"typ dpop+jwt":        es(header("typ", "dpop+jwt")),
			"typ missing":         es(without("typ")),
			"crit":                es(header("crit", []string{"b64"})),
			"jwk":                 f.token(t, jwt.SigningMethodES256, stranger, header("jwk", publicJWK(t, stranger))),
			"jwk, right key":      es(header("jwk", publicJWK(t, f.private))),
			"jku":                 es(header("jku", "https://192.0.2.9/keys")),
			"x5u":                 es(header("x5u", "https://192.0.2.9/cert")),
			"kid missing":         es(without("kid")),
			"kid unknown":         es(header("kid", base64.RawURLEncoding.EncodeToString(make([]byte, 32)))),
			"kid path":            es(header("kid", "../../etc/passwd")),
			"kid quote":           es(header("kid", "' OR 1=1 --")),
			"kid 4 KB":            es(header("kid", strings.Repeat("k", 4096))),
			"kid number":          es(header("kid", 7)),
			"exp missing":         es(without("exp")),
			"exp past":            es(claim("exp", now.Unix())),
			"exp far":             es(claim("exp", now.Add(time.Hour).Unix())),
			"iat missing":         es(without("iat")),
			"iat future":          es(func(_ map[string]any, c jwt.MapClaims) { c["iat"], c["exp"] = now.Unix()+60, now.Unix()+120 }),
			"nbf future":          es(claim("nbf", now.Unix()+60)),
			"aud missing":         es(without("aud")),
			"aud other":           es(claim("aud", "another-api")),
			"iss missing":         es(without("iss")),
			"iss other":           es(claim("iss", "elsewhere")),
			"sub missing":         es(without("sub")),
			"sub other":           es(claim("sub", w.bo.String())),
			"sid missing":         es(without("sid")),
			"sid other":           es(claim("sid", newID[int]().String())),
			"did missing":         es(without("did")),
			"did other":           es(claim("did", newID[int]().String())),
			"agy missing":         es(without("agy")),
			"agy other":           es(claim("agy", newID[int]().String())),
			"gen missing":         es(without("gen")),
			"gen of the future":   es(claim("gen", 9)),
			"gen negative":        es(claim("gen", -1)),
			"a refresh token":     session.Refresh,
			"nothing":             "",
			"one megabyte":        es(claim("pad", strings.Repeat("x", 1<<20))),
			"dots":                strings.Repeat(".", 1<<20),
		}
		for name, token := range cases {
			if got, err := s.Verify(t.Context(), token); err != auth.ErrToken || got != (auth.Caller{}) {
				t.Errorf("%s: got %+v, %v, want ErrToken", name, got, err)
			}
		}
		w.good(s, session)
	})
}

// respell writes another alg into a token's header.
func respell(t *testing.T, token, alg string) string {
	t.Helper()
	head, rest, _ := strings.Cut(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(b), "ES256", alg, 1))) + "." + rest
}

func publicJWK(t *testing.T, k *ecdsa.PrivateKey) map[string]string {
	t.Helper()
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding
	return map[string]string{"kty": "EC", "crv": "P-256", "x": b64.EncodeToString(point[1:33]), "y": b64.EncodeToString(point[33:])}
}

func TestTokensOfAnotherServiceAreRefused(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		other := newWorld(t)
		other.agency, other.people = w.agency, w.people
		theirs := other.signIn(func() *auth.Service {
			s := other.service()
			if err := s.SetPassword(t.Context(), w.agency, w.ada, rightPassword, [16]byte{}); err != nil {
				t.Fatal(err)
			}
			return s
		}())
		s := w.ready()
		w.refused(s, theirs)
		w.renewRefused(s, theirs, other.key)
	})
}

func FuzzTokens(f *testing.F) {
	f.Add("omr_AQ", "e30.e30.e30")
	f.Add("", "..")
	f.Add("omr_"+strings.Repeat("A", 156), strings.Repeat("A.", 200))
	w := newWorld(f)
	s := w.service()
	f.Fuzz(func(t *testing.T, ticket, access string) {
		if _, err := s.Verify(context.Background(), access); err != auth.ErrToken {
			t.Fatalf("verify: got %v", err)
		}
		if _, err := s.Renew(context.Background(), ticket, w.key); err != auth.ErrSession {
			t.Fatalf("renew: got %v", err)
		}
		if _, err := s.VerifyCookie(context.Background(), ticket); err != auth.ErrSession {
			t.Fatalf("cookie: got %v", err)
		}
	})
}
