package faultnet_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/replay/faultnet"
)

// TestManyRealConnections sends real HTTP over TCP through many links at once, an hour's network in a second.
func TestManyRealConnections(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // whole before the answer: the server doesn't do both at once
		_, _ = w.Write(body)
	}))
	defer server.Close()
	c := clock.Scaled(origin, 3600)
	var all sync.WaitGroup
	for i := range 40 {
		trace := faultnet.Synthetic()[0]
		link := faultnet.NewLink(c, schedule(t, trace, time.Duration(i)*time.Second, time.Time{}))
		all.Go(func() {
			defer link.Close()
			client := &http.Client{Transport: &http.Transport{DialContext: link.Dial}}
			defer client.CloseIdleConnections()
			for range 5 {
				echo(t, client, server.URL)
			}
			if got := link.Traffic(); got.Up < 50_000 || got.Down < 50_000 || got.Dials != 1 {
				t.Errorf("traffic %+v, want 50 kB each way over one connection", got)
			}
		})
	}
	all.Wait()
}

func echo(t *testing.T, client *http.Client, url string) {
	want := strings.Repeat("0123456789", 1000)
	answer, err := client.Post(url, "text/plain", strings.NewReader(want))
	if err != nil {
		t.Error(err)
		return
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || string(got) != want {
		t.Errorf("got %d bytes, err %v; want the %d sent", len(got), err, len(want))
	}
}
