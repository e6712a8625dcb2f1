package auth

import (
	"errors"
	"time"

	"officermobile/models"

	"github.com/golang-jwt/jwt/v5"
)

const (
	accessType = "at+jwt" // RFC 9068
	// maxToken bounds what is looked at: an access token has about 500 bytes, a refresh token or cookie 160.
	maxToken = 2048
	// skew is how far another node's clock may be ahead when it signs.
	skew = 5 * time.Second
)

// claims of an access token: who, in which session, and no more. What the user may do is looked up.
type claims struct {
	jwt.RegisteredClaims                  // iss, aud, sub (the user), iat, exp
	Agency               models.AgencyID  `json:"agy"`
	Session              models.SessionID `json:"sid"`
	Device               models.DeviceID  `json:"did"`
	Generation           uint32           `json:"gen"` // of the family; its use ends the tolerance for the predecessor
	AuthTime             int64            `json:"auth_time"`

	user models.UserID
}

// Validate checks what the library doesn't require by itself.
func (c *claims) Validate() error {
	if err := c.user.UnmarshalText([]byte(c.Subject)); err != nil {
		return err
	}
	if c.user.IsZero() || c.Agency.IsZero() || c.Session.IsZero() || c.Device.IsZero() || c.Generation == 0 {
		return errors.New("an id is missing")
	}
	if c.IssuedAt == nil || c.ExpiresAt == nil || c.ExpiresAt.Sub(c.IssuedAt.Time) > maxAccessTTL {
		return errors.New("a time is missing, or it lives for too long")
	}
	return nil
}

// mint makes an access token for the current generation of a family, and says how long it lives.
func (s *Service) mint(f family, now time.Time) (token string, ttl time.Duration, err error) {
	// Times in a token are whole seconds.
	issued := now.Truncate(time.Second)
	expires := issued.Add(s.opts.AccessTTL)
	if expires.After(f.Until) {
		expires = f.Until.Truncate(time.Second)
	}
	key := s.ring.Load().signer(now)
	t := jwt.NewWithClaims(jwt.SigningMethodES256, &claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: s.opts.Issuer, Audience: jwt.ClaimStrings{s.opts.Audience}, Subject: f.User.String(),
			IssuedAt: jwt.NewNumericDate(issued), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Agency: f.Agency, Session: f.Session, Device: f.Device, Generation: f.Generation, AuthTime: f.AuthTime.Unix(),
	})
	t.Header["typ"] = accessType
	t.Header["kid"] = key.kid
	token, err = t.SignedString(key.private)
	return token, expires.Sub(now), err
}

func (s *Service) newParser() *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
		jwt.WithIssuer(s.opts.Issuer),
		jwt.WithAudience(s.opts.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(skew), // for iat; exp is compared without leeway in parseAccess
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(s.clock.Now),
	)
}

// parseAccess checks everything that an access token says of itself; not whether its session still is.
func (s *Service) parseAccess(token string, keys *ring, now time.Time) (*claims, error) {
	c := &claims{}
	_, err := s.parser.ParseWithClaims(token, c, func(t *jwt.Token) (any, error) {
		// Exactly these three: so there is no crit, jwk, jku, x5u or x5c to ignore or to honour.
		if len(t.Header) != 3 || t.Header["typ"] != accessType || t.Header["alg"] != jwt.SigningMethodES256.Alg() {
			return nil, errors.New("another header")
		}
		kid, _ := t.Header["kid"].(string)
		if key := keys.verifier(kid, now); key != nil {
			return key, nil
		}
		return nil, errors.New("unknown key")
	})
	if err != nil || !now.Before(c.ExpiresAt.Time) {
		return nil, ErrToken
	}
	return c, nil
}
