package client_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/client"
	"officermobile/models"
)

// silent is a connection that has died without a word.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestADeadConnectionIsGivenUp: nothing waits for ever for a server that has gone silent.
func TestADeadConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, err := client.New(t.Context(), client.Config{
			BaseURL: "http://server", HTTP: &http.Client{Transport: silent{}}, Store: client.NewMemory(),
			Name: "phone", Class: "phone", Platform: "ios",
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := d.SignIn(t.Context(), models.AgencyID{1}, "olga", "password"); err == nil {
			t.Error("got signed in by nobody")
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("gave up after %v, want a minute", took)
		}
	})
}
