package client_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/client"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store/sqlite"
	"officermobile/sync"
)

// The people and things of the day.
var (
	dan      = id[models.UserID](5) // the dispatcher
	adam     = id[models.UserID](6) // the administrator
	north    = id[models.ZoneID](10)
	library  = id[models.WorkZoneID](11)
	patrol   = id[models.TeamID](12)
	call     = id[models.DispatchID](20) // the first dispatch
	callTask = id[models.TaskID](21)
)

// officeTime begins the day at two in the morning.
func officeTime() clock.Clock {
	return clock.Anchored(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), time.Now(), 1)
}

// dice are random bytes that are the same each day.
func dice(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

// station is a real server, and what the others do at it.
type station struct {
	t       *testing.T
	handler http.Handler
	agency  *sync.Agency
	others  *rand.ChaCha8 // ids of what the others make
}

func newStation(t *testing.T) *station {
	t.Helper()
	time := officeTime()
	st := must(sqlite.Open(t.Context(), t.TempDir()))(t)
	t.Cleanup(func() { st.Close() })
	agencies := must(sync.Open(t.Context(), st, sync.Options{Clock: time}))(t)
	t.Cleanup(func() { agencies.Close(context.Background()) })
	g := must(agencies.Create(t.Context(), models.AgencyCreate{ID: agency, Name: "Campus Police", TimeZone: "America/Chicago"}))(t)
	service := must(sync.NewService(agencies, st, sync.ServiceOptions{Clock: time}))(t)
	t.Cleanup(func() { service.Close(context.Background()) })
	sessions := must(auth.New(t.Context(), st, people{g}, time, auth.Options{Cost: auth.Cost{Passes: 1, MemoryKiB: 8}, StaleAfter: -1}))(t)
	a := must(api.New(api.Deps{Auth: sessions, Reader: service, Writer: service, Sync: service, Push: noPush{}, Health: healthy{}}, api.Options{Clock: time}))(t)
	s := &station{t: t, handler: a, agency: g, others: dice(2)}
	s.found()
	for _, user := range []models.UserID{amy, bob, dan, adam} {
		if err := sessions.SetPassword(t.Context(), agency, user, password, models.SessionID{}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// found makes the people and places.
func (s *station) found() {
	s.does(models.UserID{},
		&models.PutZone{ID: north, Name: "North campus"},
		&models.PutWorkZone{ID: library, Zone: north, Name: "Library"},
		&models.PutTeam{ID: patrol, Zone: north, Name: "Patrol", WorkZones: []models.WorkZoneID{library}},
		&models.UserCreate{ID: amy, Username: "amy", Name: "Amy Diaz", Types: models.Officer, Active: true},
		&models.UserCreate{ID: bob, Username: "bob", Name: "Bob Lee", Types: models.Officer, Active: true},
		&models.UserCreate{ID: dan, Username: "dan", Name: "Dan Roy", Types: models.Dispatcher, Zones: []models.ZoneID{north}, Active: true},
		&models.UserCreate{ID: adam, Username: "adam", Name: "Adam Orr", Types: models.Administrator, Active: true},
	)
}

// does has somebody give commands.
func (s *station) does(who models.UserID, bodies ...models.CommandBody) {
	s.t.Helper()
	for _, body := range bodies {
		if a := s.agency.Submit(s.t.Context(), []models.Command{{Actor: who, Body: body}})[0]; a.Err != nil {
			s.t.Fatalf("%s: %v", body.CommandType(), a.Err)
		}
	}
	synctest.Wait()
}

// noPush is for a day without notifications.
type noPush struct{ api.Push }

func (noPush) Received(context.Context, models.AgencyID, models.DeviceID, []wire.PushReceipt) error {
	return nil
}

func (noPush) Unbind(context.Context, models.AgencyID, models.DeviceID, time.Time) error {
	return nil
}

// day is Amy's, on her phone.
type day struct {
	t     *testing.T
	w     *station // nil: played from the transcripts
	net   line
	clock clock.Clock
	phone *client.Device
}

// others lets somebody else do something. It is as if it hadn't happened when the day is played, but for the answers.
func (d *day) others(who models.UserID, bodies ...models.CommandBody) {
	if d.w != nil {
		d.w.does(who, bodies...)
	}
}

// will puts a command into the phone's outbox.
func (d *day) will(body models.CommandBody, base uint32) {
	d.t.Helper()
	if _, err := d.phone.Enqueue(d.t.Context(), body, base); err != nil {
		d.t.Fatal(err)
	}
}

// sync is one round trip, or the few that a pass takes, with what is said of it; the error is that of the device.
func (d *day) sync(words string) error {
	d.net.say(words)
	_, err := d.phone.SyncOnce(d.t.Context())
	return err
}

func (d *day) mustSync(words string) {
	d.t.Helper()
	if err := d.sync(words); err != nil {
		d.t.Fatal(err)
	}
}

// later lets time go by.
func (d *day) later(time time.Duration) { pass(time) }

// rev is that of the task as the phone shows it.
func (d *day) rev(task models.TaskID) uint32 {
	d.t.Helper()
	for _, shown := range must(d.phone.Tasks(d.t.Context()))(d.t) {
		if models.TaskID(shown.ID) == task {
			return shown.Rev
		}
	}
	d.t.Fatal("the phone doesn't hold the task")
	return 0
}
