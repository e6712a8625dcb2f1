package frames_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"officermobile/push/pushtest/frames"
)

// patience is for an answer from the same machine.
const patience = 30 * time.Second

// TestClosedBeforeItEnds holds a handler that has answered: its stream is over for the client, so it may not count.
func TestClosedBeforeItEnds(t *testing.T) {
	hold := make(chan struct{})
	stats := make(chan frames.Stats, 1)
	url, client := serve(t, &frames.Server{Streams: 1, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" {
			_, _ = io.WriteString(w, "answered") // to the test
			frames.Finish(w)
			<-hold
			return
		}
		stats <- frames.ConnOf(r.Context()).Stats()
	})})
	defer close(hold)
	get(t, client, url+"/first")
	get(t, client, url+"/second")
	if got := <-stats; got.Refused != 0 || got.Peak != 1 || got.Requests != 2 {
		t.Errorf("one after the other: %+v", got)
	}
}

func serve(t *testing.T, s *frames.Server) (string, *http.Client) {
	t.Helper()
	other := httptest.NewTLSServer(nil) // for its certificate
	other.Close()
	s.Certificate = other.TLS.Certificates[0]
	roots := x509.NewCertPool()
	roots.AddCert(other.Certificate())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { l.Close(); s.Close() })
	// Strict: it waits for the stream instead of opening another connection.
	return "https://" + l.Addr().String(), &http.Client{Timeout: patience, Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots}, HTTP2: &http.HTTP2Config{StrictMaxConcurrentRequests: true},
	}}
}

func get(t *testing.T, client *http.Client, url string) {
	t.Helper()
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
}
