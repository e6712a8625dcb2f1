package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/push"
)

// healthPage is what the test reads of the admin listener's /health.
type healthPage struct {
	Status string   `json:"status"`
	Why    []string `json:"why"`
	Push   struct {
		Providers []healthOfProvider `json:"providers"`
		OldestDue map[string]float64 `json:"oldest_due_seconds"`
		Unacked   int                `json:"emergency_unacked"`
	} `json:"push"`
}

type healthOfProvider struct {
	Name     string         `json:"name"`
	Breakers map[string]int `json:"breakers"`
	TokenAge float64        `json:"token_age_seconds"`
}

// TestHealth: the page for operators says what providers do, and a provider that is gone makes no node unready.
func TestHealth(t *testing.T) {
	t.Parallel()
	t.Run("R60 health shows breaker, oldest due and token age, and readiness ignores a provider's outage", func(t *testing.T) {
		t.Parallel()
		services := simulate(t)
		a, listen, admin := newAgency(t), freePort(t), freePort(t)
		b := &birds{t: t, base: "http://" + listen}
		const token = "a-token-of-the-administrators-own-32"
		a.startWithPush(t, services, listen, admin, token, &bytes.Buffer{})
		page := func() (h healthPage) {
			status, body := fetch(t, "http://"+admin+"/health", token)
			if status != http.StatusOK {
				t.Fatalf("got %d with %s, want 200 whatever is the matter", status, body)
			}
			if err := json.Unmarshal([]byte(body), &h); err != nil {
				t.Fatal(err)
			}
			return h
		}
		if status, _ := fetch(t, "http://"+listen+"/health", token); status != http.StatusNotFound {
			t.Errorf("/health on the public listener: got %d, want 404", status)
		}
		boss, _, _ := b.signIn(a.id, "admin", a.password, newTextID())
		user := b.must(boss, "POST", "/v1/users", `{"username":"olga","name":"Olga","types":["officer"],"active":true}`)["id"].(string)
		const password = "seven loud geese by night"
		b.must(boss, "PUT", "/v1/users/"+user+"/password", fmt.Sprintf(`{"password":%q}`, password))
		var phones []push.Address
		for range 6 { // one failure more than what opens a breaker
			device, phone := newTextID(), services.NewDevice(push.APNs)
			bearer, _, _ := b.signIn(a.id, "olga", password, device)
			b.reach(bearer, device, phone)
			phones = append(phones, phone)
		}
		conversation := b.must(boss, "POST", "/v1/conversations", fmt.Sprintf(`{"title":"watch","invitees":[%q]}`, user))["id"].(string)
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		for !rung(services, phones) && t.Context().Err() == nil {
			<-look.C
		}
		h := page()
		i := slices.IndexFunc(h.Push.Providers, func(p healthOfProvider) bool { return p.Name == "apns/production" })
		if h.Status != "ok" || i < 0 || h.Push.Providers[i].Breakers["closed"] != 1 || h.Push.Providers[i].TokenAge <= 0 {
			t.Errorf("while all is well: got %+v", h)
		}
		services.Close()
		member, _, _ := b.signIn(a.id, "olga", password, newTextID())
		b.must(member, "POST", "/v1/conversations/"+conversation+"/messages", `{"text":"here"}`) // which accepts the invitation
		b.must(boss, "POST", "/v1/conversations/"+conversation+"/messages", `{"text":"all units","urgent":true}`)
		for t.Context().Err() == nil {
			if h = page(); slices.Contains(h.Why, "apns/production: open") && h.Push.OldestDue["emergency"] > 0 {
				break
			}
			<-look.C
		}
		if h.Status != "degraded" || h.Push.Unacked != 1 {
			t.Errorf("in the outage: got %+v", h)
		}
		if status, body := fetch(t, "http://"+listen+"/readyz", ""); status != http.StatusOK {
			t.Errorf("readiness: got %d with %s", status, body)
		}
		_, metrics := fetch(t, "http://"+admin+"/metrics", token)
		for _, want := range []string{
			`officermobile_push_breakers{provider="apns/production",state="open"} 1`, "officermobile_push_emergency_unacked 1",
			`officermobile_push_enqueue_to_accept_seconds_count{class="invite"} 6`, `officermobile_push_connections_total{provider="apns/production"}`, `officermobile_push_refused_streams_total{provider="apns/production"} `,
			`officermobile_push_payload_bytes_count{provider="apns/production"}`, `officermobile_push_token_mint_total{provider="apns/production"} 1`,
			`officermobile_push_owed{class="emergency",state="held"}`, `officermobile_push_send_seconds_count{provider="apns"}`,
		} {
			if !strings.Contains(metrics, want) {
				t.Errorf("the metrics have no %s", want)
			}
		}
	})
}
