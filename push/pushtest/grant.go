package pushtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	fcmScope  = "https://www.googleapis.com/auth/firebase.messaging"
	jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// grant is Google's POST /token: an access token for a signed assertion.
func (s *Services) grant(w http.ResponseWriter, r *http.Request) {
	f := s.next(GoogleTokens, "")
	if !s.wait(r, f.Delay) {
		panic(http.ErrAbortHandler)
	}
	if f.Cut != CutNever {
		sever(w, r, f, answer{})
	}
	if f.Status != 0 {
		answer{status: f.Status, body: []byte(f.Body)}.write(w, f)
		return
	}
	a := answer{status: http.StatusBadRequest, header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}}
	if refusal := s.refuseGrant(r); refusal != "" {
		a.body = []byte(`{"error":"` + refusal + `","error_description":"refused"}`)
		a.write(w, Fault{})
		return
	}
	access := s.mint()
	a.status = http.StatusOK
	a.body = []byte(`{"access_token":"` + access + `","expires_in":` + strconv.Itoa(int(s.opts.TokenLife/time.Second)) + `,"token_type":"Bearer"}`)
	a.write(w, Fault{})
}

// refuseGrant is OAuth's error for a request, "" if it deserves a token.
func (s *Services) refuseGrant(r *http.Request) string {
	if r.PostFormValue("grant_type") != jwtBearer {
		return "unsupported_grant_type"
	}
	var claims struct {
		Scope string `json:"scope"`
		jwt.RegisteredClaims
	}
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience("https://"+r.Host+"/token"), jwt.WithIssuer(account),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(time.Minute), jwt.WithTimeFunc(s.now),
	).ParseWithClaims(r.PostFormValue("assertion"), &claims, func(*jwt.Token) (any, error) { return &s.creds.google.PublicKey, nil })
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil || s.revoked || claims.IssuedAt == nil || claims.ExpiresAt.Sub(claims.IssuedAt.Time) > time.Hour+time.Minute:
		return "invalid_grant"
	case claims.Scope != fcmScope:
		return "invalid_scope"
	}
	return ""
}

func (s *Services) mint() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mints++
	access := "ya29.test-" + s.hexed(24)
	s.bearers[access] = s.clock().Add(s.opts.TokenLife)
	return access
}

func (s *Services) bearerHolds(header string) bool {
	kind, access, _ := strings.Cut(header, " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.bearers[access]
	return ok && kind == "Bearer" && s.clock().Before(end)
}

// ExpireTokens ends every access token of FCM that is out, as a clock that runs ahead would.
func (s *Services) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.bearers)
}

// RevokeKey refuses the service account's key from now on, or takes it again, and ends its access tokens.
func (s *Services) RevokeKey(revoked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = revoked
	clear(s.bearers)
}
