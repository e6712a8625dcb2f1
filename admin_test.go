package main_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// fetch is a GET with a bearer token, if there is one.
func fetch(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestT11_TheAdminListenerIsApart: metrics and profiles are on their own port, behind its token, and nowhere else.
func TestT11_TheAdminListenerIsApart(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-the-administrators-own-32"
	a, listen, admin := newAgency(t), freePort(t), freePort(t)
	a.start(t, listen, "OFFICERMOBILE_LOG_LEVEL=debug", "OFFICERMOBILE_SERVER_ADMIN_LISTEN="+admin, "OFFICERMOBILE_SERVER_ADMIN_TOKEN="+token)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/vars", "/debug/pprof/heap"} {
		if status, _ := fetch(t, "http://"+listen+path, token); status != http.StatusNotFound {
			t.Errorf("%s on the public listener: got %d, want 404", path, status)
		}
		if status, body := fetch(t, "http://"+admin+path, ""); status != http.StatusUnauthorized || strings.Contains(body, "officermobile") {
			t.Errorf("%s without the token: got %d with %s", path, status, body)
		}
		if status, _ := fetch(t, "http://"+admin+path, token+"x"); status != http.StatusUnauthorized {
			t.Errorf("%s with another token: got %d", path, status)
		}
	}
	status, body := fetch(t, "http://"+admin+"/metrics", token)
	if status != http.StatusOK {
		t.Fatalf("got %d with %s", status, body)
	}
	for _, want := range []string{
		`officermobile_http_requests_total{route="readyz",status="200"}`, `officermobile_http_requests_total{route="none",status="404"}`,
		`officermobile_agencies{state="served"} 1`, "officermobile_streams 0", "officermobile_fips_enabled", "go_goroutines", "go_build_info", "process_resident_memory_bytes",
		`officermobile_store_calls_total{call="read",outcome="ok"}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	if strings.Contains(body, a.id) || strings.Contains(body, "Harbor") {
		t.Errorf("the metrics name the agency")
	}
	if status, _ := fetch(t, "http://"+admin+"/v1/me", token); status != http.StatusNotFound {
		t.Errorf("the API on the admin listener: got %d, want 404", status)
	}
}
