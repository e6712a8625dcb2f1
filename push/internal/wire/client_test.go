package wire_test

import (
	"net/http"
	"testing"
	"time"

	"officermobile/push/internal/wire"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"120":                           2 * time.Minute,
		"-1":                            0,
		"1.5":                           0,
		"99999999999999":                0,
		"Sun, 01 Mar 2026 12:01:30 GMT": 90 * time.Second,
		"Sun, 01 Mar 2026 11:59:00 GMT": 0,
		"tomorrow":                      0,
	} {
		if got := wire.RetryAfter(in, now); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120")
	f.Add("Sun, 01 Mar 2026 12:01:30 GMT")
	f.Fuzz(func(t *testing.T, header string) {
		if got := wire.RetryAfter(header, time.Now()); got < 0 {
			t.Errorf("%q: %v", header, got)
		}
	})
}

// A library that tries a second request, or one of its own, gets nowhere.
func TestOneRequestPerExchange(t *testing.T) {
	t.Parallel()
	client := wire.NewClient(nil)
	if _, err := client.HTTP().Get("https://127.0.0.1:1/"); err == nil {
		t.Error("a request outside an exchange was carried")
	}
	x := &wire.Exchange{}
	get := func() (*http.Response, error) {
		req, err := http.NewRequestWithContext(wire.With(t.Context(), x), http.MethodGet, "https://127.0.0.1:1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		return client.HTTP().Do(req)
	}
	resp, err := get()
	if err != nil || resp.StatusCode != http.StatusInternalServerError || x.Err == nil {
		t.Fatalf("nobody listens there: %v, %v", err, x.Err)
	}
	resp.Body.Close()
	if _, err := get(); err == nil {
		t.Error("a second request was carried")
	}
}
