package fcm

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"
	"golang.org/x/sync/singleflight"
)

// refreshBefore an access token ends, so that none runs out on the way.
const refreshBefore = 2 * time.Minute

// tokens keeps one access token and fetches the next, once however many ask, and without holding anyone past their
// deadline: oauth2's own source fetches under a lock that knows no context.
type tokens struct {
	conf   *jwt.Config
	client *http.Client // bounds a fetch, and so the goroutine that makes it

	flight  singleflight.Group
	mu      sync.Mutex
	current *oauth2.Token
	since   time.Time // current was fetched
	minted  uint64
}

// stats are how many were fetched, and the age of the one in use.
func (t *tokens) stats() (minted uint64, age time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil {
		return t.minted, 0
	}
	return t.minted, time.Since(t.since)
}

// get is a token that is good for a while yet, or why there is none, or ctx's error.
func (t *tokens) get(ctx context.Context) (string, error) {
	if tok := t.cached(); tok != nil {
		return tok.AccessToken, nil
	}
	select {
	case r := <-t.flight.DoChan("", t.fetch):
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(*oauth2.Token).AccessToken, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (t *tokens) cached() *oauth2.Token {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil || time.Until(t.current.Expiry) < refreshBefore {
		return nil
	}
	return t.current
}

func (t *tokens) fetch() (any, error) {
	if tok := t.cached(); tok != nil {
		return tok, nil // fetched between a caller's look and its turn
	}
	witness := &witness{base: t.client.Transport}
	client := *t.client
	client.Transport = witness
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &client)
	tok, err := t.conf.TokenSource(ctx).Token()
	if err != nil {
		return nil, cmp.Or(witness.err, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.since = tok, time.Now()
	t.minted++
	return tok, nil
}

// witness keeps the network's error, of which oauth2 hands on the text alone.
type witness struct {
	base http.RoundTripper
	err  error
}

// RoundTrip implements http.RoundTripper.
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(r)
	w.err = err
	return resp, err
}

// forget drops a token that the service refused, unless it has been replaced since.
func (t *tokens) forget(access string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && t.current.AccessToken == access {
		t.current = nil
	}
}

// refused reports that the token service turned our key down, with its status; anything else is transient.
func refused(err error) (status int, yes bool) {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) || answer.Response.StatusCode >= 500 || answer.Response.StatusCode == http.StatusTooManyRequests {
		return 0, false
	}
	return answer.Response.StatusCode, true
}
