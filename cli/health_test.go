package cli_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/cli"
)

// answer is a server that is well at /livez, ill at /readyz and elsewhere at /moved.
func answer(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/livez":
		w.WriteHeader(http.StatusOK)
	case "/moved":
		http.Redirect(w, r, "/livez", http.StatusFound)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(http.HandlerFunc(answer))
	t.Cleanup(secure.Close)
	tests := map[string]struct {
		address string
		want    string // in the error, or "" for none
	}{
		"well":               {plain.URL + "/livez", ""},
		"well over TLS":      {secure.URL + "/livez", ""},
		"ill":                {plain.URL + "/readyz", "got status 503"},
		"redirected":         {plain.URL + "/moved", "got status 302"},
		"TLS at a plain one": {strings.Replace(plain.URL, "http:", "https:", 1) + "/livez", "health of 127.0.0.1"},
		"no scheme":          {"127.0.0.1:8080", "begins with http"},
		"other scheme":       {"file:///etc/passwd", "begins with http"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := cli.Healthcheck(t.Context(), test.address)
			if test.want == "" && err != nil {
				t.Errorf("got %v, want no error", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestHealthcheckObeysItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	if err := cli.Healthcheck(ctx, server.URL); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestHealthURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		listen string
		tls    bool
		want   string
	}{
		"loopback":    {"127.0.0.1:8080", false, "http://127.0.0.1:8080/livez"},
		"everywhere":  {":8080", false, "http://127.0.0.1:8080/livez"},
		"all of IPv4": {"0.0.0.0:8443", true, "https://127.0.0.1:8443/livez"},
		"all of IPv6": {"[::]:8080", false, "http://[::1]:8080/livez"},
		"one address": {"10.1.2.3:80", false, "http://10.1.2.3:80/livez"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := cli.HealthURL(test.listen, test.tls, "/livez")
			if err != nil || got != test.want {
				t.Errorf("got %q and %v, want %q", got, err, test.want)
			}
		})
	}
	if _, err := cli.HealthURL("8080", false, "/livez"); err == nil {
		t.Error("got no error for a bare port, want one")
	}
}
