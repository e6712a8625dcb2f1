package node_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/api"
	"officermobile/audit"
	"officermobile/auth"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/node"
	"officermobile/push"
	"officermobile/store/sqlite"
	"officermobile/sync"

	"github.com/go-json-experiment/json"
)

// The people of the test: a dispatcher who writes, five recipients in five states, and some to whom it is none of their
// business.
const (
	writer = iota + 1
	looking
	slow
	away
	deviceless
	byRole
	farDispatcher
	staff = farDispatcher
)

func person(i int) models.UserID  { return models.UserID{1, byte(i)} }
func phone(i int) models.DeviceID { return models.DeviceID{2, byte(i)} }

// accepting is a provider that takes everything.
type accepting struct{}

func (accepting) Send(context.Context, push.Notification) push.Result {
	return push.Result{Outcome: push.Accepted, Status: 200}
}

// station is a node's parts: engine, presence, push and api, fitted together as main does it.
type station struct {
	t      *testing.T
	agency models.AgencyID
	g      *sync.Agency
	sync   *sync.Service
	push   *push.Service
	desk   api.Push
	auth   *auth.Service
	api    *api.API
	of     *sync.Agencies
	tokens map[int]string
	synced map[int]string
	close  func()
}

// openStation opens a node over a store, for the first time or again.
func openStation(t *testing.T, st *sqlite.Store, tokens map[int]string) *station {
	t.Helper()
	ctx := t.Context()
	agencies, err := sync.Open(context.WithoutCancel(ctx), st, sync.Options{})
	ok(t, err)
	s := &station{t: t, agency: models.AgencyID{9}, tokens: tokens, synced: map[int]string{}}
	if tokens == nil {
		_, err = agencies.Create(ctx, models.AgencyCreate{ID: s.agency, Name: "Harbor", TimeZone: "America/Chicago"})
		ok(t, err)
	}
	s.g, err = agencies.Agency(ctx, s.agency)
	ok(t, err)
	s.sync, err = sync.NewService(agencies, st, sync.ServiceOptions{})
	ok(t, err)
	running, desk, people := node.Desk(agencies, s.sync, st, accepting{})
	sessions, err := auth.New(ctx, st, people, clock.Clock{}, auth.Options{Cost: auth.Cost{Passes: 1, MemoryKiB: 8}, StaleAfter: -1})
	ok(t, err)
	s.push, s.desk, s.auth, s.of = running, desk, sessions, agencies
	trail := audit.New(st, audit.Options{})
	s.api, err = api.New(api.Deps{Auth: sessions, Reader: s.sync, Writer: s.sync, Sync: s.sync, Push: desk, Audit: trail, Health: well{}}, api.Options{})
	ok(t, err)
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- running.Run(run) }()
	s.close = stdsync.OnceFunc(func() {
		stop()
		ok(t, <-done)
		ok(t, trail.Close(context.Background()))
		ok(t, s.sync.Close(context.Background()))
		ok(t, agencies.Close(context.Background()))
	})
	t.Cleanup(s.close)
	if tokens == nil {
		s.found(sessions)
	}
	return s
}

type well struct{}

func (well) Started() error              { return nil }
func (well) Ready(context.Context) error { return nil }

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *station) do(i int, b models.CommandBody) {
	s.t.Helper()
	c := models.Command{Body: b}
	if i > 0 {
		c.Actor, c.Device = person(i), phone(i)
	}
	_, err := s.sync.Do(s.t.Context(), s.agency, c)
	ok(s.t, err)
}

// found makes the agency's people, who all have a phone but one, and an address for it.
func (s *station) found(sessions *auth.Service) {
	s.t.Helper()
	zone, far, work, team := models.ZoneID{3, 1}, models.ZoneID{3, 2}, models.WorkZoneID{4}, models.TeamID{5}
	s.do(0, &models.PutZone{ID: zone, Name: "North"})
	s.do(0, &models.PutZone{ID: far, Name: "South"})
	s.do(0, &models.PutWorkZone{ID: work, Zone: zone, Name: "Pier"})
	s.do(0, &models.PutTeam{ID: team, Zone: zone, Name: "Day", WorkZones: []models.WorkZoneID{work}})
	s.tokens = map[int]string{}
	for i := 1; i <= staff; i++ {
		u := &models.UserCreate{ID: person(i), Username: fmt.Sprint("user", i), Name: "A Name", Types: models.Officer, Active: true}
		switch i {
		case writer, byRole:
			u.Types, u.Zones = models.Dispatcher, []models.ZoneID{zone}
		case farDispatcher:
			u.Types, u.Zones = models.Dispatcher, []models.ZoneID{far}
		}
		s.do(0, u)
		ok(s.t, sessions.SetPassword(s.t.Context(), s.agency, person(i), "four calm horses at noon", models.SessionID{}))
		key := base64.RawURLEncoding.EncodeToString([]byte("32 bytes that only this test has"))
		in, err := sessions.SignIn(s.t.Context(), auth.Credentials{Agency: s.agency, Username: u.Username, Password: "four calm horses at noon", Device: phone(i), DeviceKey: key, Remote: "192.0.2.1"})
		ok(s.t, err)
		s.tokens[i] = in.Access
		if i != deviceless {
			s.do(i, &models.DeviceRegister{Name: "Phone", Class: "phone", Platform: "android"})
			ok(s.t, s.push.Register(s.t.Context(), s.agency, phone(i), push.Address{Kind: push.FCMToken, Token: fmt.Sprint("phone:", i, "-of-this-test")}))
		}
	}
	s.do(writer, &models.DispatchCreate{ID: models.DispatchID{6}, WorkZone: work, Facts: models.Facts{Priority: models.High}})
	for i := looking; i <= deviceless; i++ {
		s.do(writer, &models.ReportForDuty{UserID: person(i), Zone: zone, Team: team, CallSign: fmt.Sprint("n", i)})
		s.do(writer, &models.TaskCreate{ID: models.TaskID{7, byte(i)}, DispatchID: models.DispatchID{6}, Assignee: person(i)})
	}
}

// round is a device's round trip in a state.
func (s *station) round(i int, state models.PresenceState, report uint64) {
	s.t.Helper()
	who := wire.Caller{Agency: s.agency, User: person(i), Device: phone(i)}
	ans, err := s.sync.Sync(s.t.Context(), who, wire.SyncRequest{T: s.synced[i], Schema: wire.Schema, Presence: &wire.Presence{State: state, Report: report}})
	ok(s.t, err)
	s.synced[i] = ans.Page.T
}

// receipts asks by REST.
func (s *station) receipts(i int, id models.MessageID) (status int, all wire.Receipts) {
	s.t.Helper()
	r := httptest.NewRequest("GET", "/v1/messages/"+id.String()+"/receipts", nil)
	r.Header.Set("Authorization", "Bearer "+s.tokens[i])
	rec := httptest.NewRecorder()
	s.api.ServeHTTP(rec, r)
	if rec.Code == 200 {
		ok(s.t, json.Unmarshal(rec.Body.Bytes(), &all))
	}
	return rec.Code, all
}

// check compares what a dispatcher is told of each recipient, by state, delivery, verdict and reason.
func (s *station) check(id models.MessageID, want map[int]string) {
	s.t.Helper()
	status, all := s.receipts(writer, id)
	if status != 200 || all.Known != "posted" || len(all.Recipients) != len(want) {
		s.t.Fatalf("got status %d, %+v", status, all)
	}
	for _, r := range all.Recipients {
		i := int(r.User[1])
		got := string(r.State)
		if r.ByRole {
			got += " by role"
		}
		for _, d := range r.Devices {
			got += fmt.Sprintf(" %s %s/%s", d.Delivery, d.Push.Verdict, d.Push.Reason)
		}
		if r.Push != nil {
			got += " " + r.Push.Reason
		}
		if got != want[i] {
			s.t.Errorf("person %d: got %q, want %q", i, got, want[i])
		}
	}
}

// TestAMessageToFiveInFiveStates goes from the engine to REST: what a dispatcher sees, who else may, and what is still
// known after a restart.
func TestAMessageToFiveInFiveStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st, err := sqlite.Open(t.Context(), t.TempDir())
		ok(t, err)
		t.Cleanup(func() { ok(t, st.Close()) })
		s := openStation(t, st, nil)
		states := map[int]models.PresenceState{looking: models.Foreground, slow: models.Foreground, away: models.Background, byRole: models.Foreground}
		for report := uint64(1); report <= 2; report++ {
			for i, state := range states {
				s.round(i, state, report)
			}
		}
		elapse(30 * time.Second) // the tasks have rung, or not
		for i, state := range states {
			s.round(i, state, 3)
		}
		id := models.MessageID{8}
		s.do(writer, &models.MessagePost{ConversationID: models.ConversationOf(models.DispatchID{6}), ID: id, Text: "gate 4"})
		s.round(looking, models.Foreground, 4)
		s.round(looking, models.Foreground, 5)
		elapse(3 * time.Second)
		s.check(id, map[int]string{
			looking: "delivered delivered suppress/foreground_confirmed", slow: "queued not_yet wait/foreground_waiting",
			away: "queued not_yet push/background", deviceless: "queued no_device", byRole: "queued by role not_yet suppress/by_role",
		})
		elapse(10 * time.Second)
		s.round(slow, models.Foreground, 6)
		s.round(slow, models.Foreground, 7)
		s.do(slow, &models.ReadUpTo{ConversationID: models.ConversationOf(models.DispatchID{6}), N: 1000})
		elapse(3 * time.Second)
		want := map[int]string{
			looking: "delivered delivered suppress/foreground_confirmed", slow: "read delivered push/foreground_unconfirmed",
			away: "queued not_yet push/background", deviceless: "queued no_device", byRole: "queued by role not_yet suppress/by_role",
		}
		s.check(id, want)
		for _, i := range []int{looking, away, farDispatcher} { // members who did not write it; a dispatcher of another zone
			if status, _ := s.receipts(i, id); status != 404 {
				t.Errorf("person %d: got status %d, want 404", i, status)
			}
		}
		s.close()
		again := openStation(t, st, s.tokens)
		again.check(id, want)
	})
}

func elapse(d time.Duration) { <-time.After(d) }
