package apns_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"

	"officermobile/models/record"
	"officermobile/push/apns"
)

func key(t *testing.T) apns.Key {
	t.Helper()
	c := start(t).Config().APNs
	k, err := apns.NewKey(c.KeyID, c.TeamID, c.Key)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func issued(t rapid.TB, token string) time.Time {
	t.Helper()
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.IssuedAt.Time
}

func TestProviderToken(t *testing.T) {
	t.Parallel()
	t.Run("R26 one is the same bytes for half an hour", func(t *testing.T) {
		t.Parallel()
		k := key(t)
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		first, err := k.ProviderToken(at)
		if err != nil {
			t.Fatal(err)
		}
		for _, later := range []time.Duration{0, time.Second, 15 * time.Minute, 30*time.Minute - time.Nanosecond} {
			if got, err := k.ProviderToken(at.Add(later)); err != nil || got != first {
				t.Errorf("after %v: %v, other bytes: %v", later, err, got != first)
			}
		}
		if next, _ := k.ProviderToken(at.Add(30 * time.Minute)); next == first {
			t.Error("the next bucket has the same token")
		}
	})
	t.Run("R26 three processes and ten restarts are one to Apple", processes)
	t.Run("R26 whatever Apple says of them, tokens are young and their issue times 20 minutes apart", func(t *testing.T) {
		t.Parallel()
		k := key(t)
		rapid.Check(t, func(t *rapid.T) { pace(t, k) })
	})
}

// pace asks for tokens at random times, some of which are refused.
func pace(t *rapid.T, k apns.Key) {
	tokens := apns.Tokens{Key: k}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "start")) * time.Second)
	last := ""
	for _, step := range rapid.SliceOfN(rapid.IntRange(0, 2400), 1, 20).Draw(t, "steps") {
		now = now.Add(time.Duration(step) * time.Second)
		got, err := tokens.Token(now)
		if err != nil {
			t.Fatal(err)
		}
		if age := now.Sub(issued(t, got)); age < 0 || age > 55*time.Minute {
			t.Fatalf("age %v", age)
		}
		if got != last && last != "" && issued(t, got).Sub(issued(t, last)) < 20*time.Minute {
			t.Fatalf("issued %v after the one before", issued(t, got).Sub(issued(t, last)))
		}
		last = got
		tokens.Refused(got, rapid.SampledFrom([]string{"", "", "ExpiredProviderToken", "TooManyProviderTokenUpdates"}).Draw(t, "answer"), now)
	}
}

func TestMessageID(t *testing.T) {
	t.Parallel()
	got := apns.MessageID(record.UUID{1}, 0)
	if got != apns.MessageID(record.UUID{1}, 0) {
		t.Error("a retry has another id")
	}
	if got == apns.MessageID(record.UUID{1}, 1) || got == apns.MessageID(record.UUID{2}, 0) {
		t.Error("another step or notification has the same id")
	}
	if len(got) != 36 || got[14] != '8' {
		t.Errorf("not a UUID of version 8: %s", got)
	}
}
