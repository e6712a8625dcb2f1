package pushtest

import (
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Apple's limits on a provider token.
const (
	tokenAge       = time.Hour
	tokenAhead     = 5 * time.Minute // of clocks that differ; Apple does not say how much it grants
	tokenUpdateGap = 20 * time.Minute
)

// verdict is what Apple makes of a provider token; no reason is approval.
type verdict struct {
	status int
	reason string
}

// appleToken judges the provider token as it arrives, and how often it changes on the connection.
func (s *Services) appleToken(r *http.Request) verdict {
	kind, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "bearer") || text == "" {
		return verdict{http.StatusForbidden, "MissingProviderToken"}
	}
	c := connectionOf(r)
	if text != c.read {
		c.read, c.issued = text, s.readToken(text)
	}
	if c.issued.IsZero() {
		return verdict{http.StatusForbidden, "InvalidProviderToken"}
	}
	now := s.now()
	switch age := now.Sub(c.issued); {
	case age > tokenAge:
		return verdict{http.StatusForbidden, "ExpiredProviderToken"}
	case age < -tokenAhead:
		return verdict{http.StatusForbidden, "InvalidProviderToken"}
	}
	if !c.take(text, now) {
		return verdict{http.StatusTooManyRequests, "TooManyProviderTokenUpdates"}
	}
	return verdict{}
}

// readToken is when a token was issued, the zero time for one that is not right. golang-jwt holds the signature of ES256
// to 64 bytes; time is judged in Apple's way, not in its own.
func (s *Services) readToken(text string) time.Time {
	var claims jwt.RegisteredClaims
	parsed, err := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithoutClaimsValidation()).
		ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return s.creds.apple, nil })
	if err != nil || parsed.Header["kid"] != keyID || claims.Issuer != teamID || claims.IssuedAt == nil {
		return time.Time{}
	}
	return claims.IssuedAt.Time
}
