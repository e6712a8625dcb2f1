package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store/sqlite"
	"officermobile/sync"

	"github.com/go-json-experiment/json"
)

const password = "four calm horses at noon"

// word is an id made of a word: the same in both agencies, on purpose.
func word[K any](w string) models.ID[K] {
	sum := sha256.Sum256([]byte(w))
	id := models.ID[K](sum[:16])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Things of both agencies.
var (
	zone, farZone = models.ZoneID(word[int]("zone")), models.ZoneID(word[int]("far zone"))
	workZone      = models.WorkZoneID(word[int]("work zone"))
	team          = models.TeamID(word[int]("team"))
	dispatch      = models.DispatchID(word[int]("dispatch"))
	task          = models.TaskID(word[int]("task"))
	conversation  = models.ConversationID(word[int]("conversation"))
	message       = models.MessageID(word[int]("message"))
	absent        = word[int]("absent").String()
)

// staff are the people of both agencies: by username, their type and whether they have the zone.
var staff = []struct {
	name  string
	types models.UserTypes
	zones []models.ZoneID
}{
	{"admin", models.Administrator, nil},
	{"dispatcher", models.Dispatcher, []models.ZoneID{zone}},
	{"officer", models.Officer, nil},
	{"reviewer", models.Reviewer, []models.ZoneID{zone}},
	{"integration", models.Integration, []models.ZoneID{zone}},
	{"far-dispatcher", models.Dispatcher, nil},
	{"far-officer", models.Officer, nil},
	{"far-reviewer", models.Reviewer, nil},
	{"far-integration", models.Integration, nil},
}

func userID(name string) models.UserID     { return models.UserID(word[int]("user " + name)) }
func deviceID(name string) models.DeviceID { return models.DeviceID(word[int]("device " + name)) }

// world is two agencies with equal ids on a real store, engine and auth. In the first the officer is assigned and in
// the conversation; in the second the same ids exist, but the officer is in none of it.
type world struct {
	t        testing.TB
	db       *failing
	agencies *sync.Agencies
	auth     *auth.Service
	audit    *recorder
	api      *api.API
	service  *service
	push     *push
	health   *health
	logs     *bytes.Buffer
	ids      [2]models.AgencyID
	tokens   [2]map[string]auth.Session
	key      string

	anyCommand bool // a sync may carry commands that the document doesn't allow
}

func newWorld(t testing.TB, change ...func(*api.Options)) *world {
	t.Helper()
	disk, err := sqlite.Open(t.Context(), folder(t))
	check(t, err)
	db := &failing{Store: disk}
	agencies, err := sync.Open(context.WithoutCancel(t.Context()), db, sync.Options{})
	check(t, err)
	t.Cleanup(func() {
		check(t, agencies.Close(context.Background()))
		check(t, db.Close())
	})
	w := &world{t: t, db: db, agencies: agencies, push: &push{}, health: &health{}, logs: &bytes.Buffer{}, key: newKey()}
	for i := range w.ids { // before anything that runs beside the test reads them
		w.ids[i] = models.AgencyID(word[int]("agency " + string(rune('a'+i))))
	}
	w.audit = newRecorder(t, db)
	w.auth, err = auth.New(t.Context(), db, w, clock.Clock{}, auth.Options{Cost: auth.Cost{Passes: 1, MemoryKiB: 8}, StaleAfter: -1, Audit: w.audit.session})
	check(t, err)
	w.service = newService(t, w, db)
	opts := api.Options{DevicePerSecond: -1, UserPerSecond: -1, AddressPerSecond: -1, UrgentPerSecond: -1, Logger: w.logger()}
	for _, f := range change {
		f(&opts)
	}
	w.api, err = api.New(api.Deps{Auth: w.auth, Reader: w.service, Writer: w.service, Sync: w.service, Log: w, Push: w.push, Audit: w.audit, Health: w.health, Records: newRecords(t, w, db)}, opts)
	check(t, err)
	for i := range w.ids {
		w.found(i)
	}
	return w
}

// folder is in memory where the system has such a place: a world is a hundred commits, and what they wait for, the disk, is
// package store's to test.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "officermobile-api-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	return dir
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// found makes agency i and signs everybody in.
func (w *world) found(i int) {
	w.t.Helper()
	_, err := w.agencies.Create(w.t.Context(), models.AgencyCreate{ID: w.ids[i], Name: "Agency", TimeZone: "America/Los_Angeles"})
	check(w.t, err)
	w.do(i, "", &models.PutZone{ID: zone, Name: "North"}, &models.PutZone{ID: farZone, Name: "South"},
		&models.PutWorkZone{ID: workZone, Zone: zone, Name: "Library"},
		&models.PutTeam{ID: team, Zone: zone, Name: "Patrol", WorkZones: []models.WorkZoneID{workZone}})
	w.tokens[i] = map[string]auth.Session{}
	for _, p := range staff {
		w.do(i, "", &models.UserCreate{ID: userID(p.name), Username: p.name, Name: p.name, Types: p.types, Zones: p.zones, Active: true})
		check(w.t, w.auth.SetPassword(w.t.Context(), w.ids[i], userID(p.name), password, models.SessionID{}))
		s, err := w.auth.SignIn(w.t.Context(), w.credentials(i, p.name))
		check(w.t, err)
		w.tokens[i][p.name] = s
		w.do(i, p.name, &models.DeviceRegister{Name: "Phone", Class: "phone", Platform: "ios"})
	}
	w.do(i, "dispatcher", &models.DispatchCreate{ID: dispatch, WorkZone: workZone, Facts: models.Facts{Priority: models.High}})
	member := "reviewer"
	if i == 0 {
		member = "officer"
		w.do(i, "officer", &models.ReportForDuty{Zone: zone, Team: team, CallSign: "A1"})
	}
	w.do(i, "dispatcher", &models.TaskCreate{ID: task, DispatchID: dispatch})
	if i == 0 {
		w.do(i, "dispatcher", &models.TaskAssign{TaskID: task, UserID: userID("officer")})
	}
	w.do(i, "dispatcher", &models.ConversationCreate{ID: conversation, Invitees: []models.UserID{userID(member)}})
	w.do(i, member, &models.MessagePost{ConversationID: conversation, ID: message, Text: "hello", Urgent: true})
}

func (w *world) credentials(i int, name string) auth.Credentials {
	return auth.Credentials{Agency: w.ids[i], Username: name, Password: password, Device: deviceID(name), DeviceKey: w.key, Remote: "192.0.2.1"}
}

func (w *world) logger() *slog.Logger { return slog.New(slog.NewTextHandler(w.logs, nil)) }

// do gives commands as a user on their device, or as the system.
func (w *world) do(i int, name string, bodies ...models.CommandBody) {
	w.t.Helper()
	for _, b := range bodies {
		cmd := models.Command{Body: b}
		if name != "" {
			cmd.Actor, cmd.Device = userID(name), deviceID(name)
		}
		_, err := w.Do(w.t.Context(), w.ids[i], cmd)
		check(w.t, err)
	}
}

// call is a request by a user of agency i; "" is nobody. The exchange is held to the OpenAPI document.
func (w *world) call(i int, name, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	r.Header.Set("X-Request-Id", "test")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if name != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[i][name].Access)
	}
	for _, f := range change {
		f(r)
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	w.hold(r, body, rec)
	return rec
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// decoded reads an answer.
func decoded[T any](t testing.TB, rec *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		t.Fatalf("answer %d %q: %v", rec.Code, rec.Body, err)
	}
	return v
}

func wantStatus(t testing.TB, rec *httptest.ResponseRecorder, want int) {
	t.Helper()
	if rec.Code != want {
		t.Fatalf("got status %d with %s, want %d", rec.Code, rec.Body, want)
	}
}

// What main would wire.

func (w *world) View(ctx context.Context, id models.AgencyID, fn func(*models.State) error) error {
	g, err := w.agencies.Agency(ctx, id)
	if err != nil {
		return err
	}
	g.View(func(s *models.State) { err = fn(s) })
	return err
}

func (w *world) Do(ctx context.Context, id models.AgencyID, cmd models.Command) ([]models.Event, error) {
	g, err := w.agencies.Agency(ctx, id)
	if err != nil {
		return nil, err
	}
	a := g.Submit(ctx, []models.Command{cmd})[0]
	return a.Events, a.Err
}

func (w *world) Batches(ctx context.Context, id models.AgencyID, after record.Seq, limit int) ([]record.Batch, error) {
	g, err := w.agencies.Agency(ctx, id)
	if err != nil {
		return nil, err
	}
	return g.Batches(ctx, after, limit)
}

func (w *world) ByName(ctx context.Context, id models.AgencyID, name string) (u auth.User, ok bool, err error) {
	err = w.View(ctx, id, func(s *models.State) error { u, ok = authUser(s.UserNamed(strings.ToLower(name))); return nil })
	return u, ok, err
}

func (w *world) ByID(ctx context.Context, id models.AgencyID, user models.UserID) (u auth.User, ok bool, err error) {
	err = w.View(ctx, id, func(s *models.State) error { u, ok = authUser(s.User(user)); return nil })
	return u, ok, err
}

func authUser(u *models.User) (auth.User, bool) {
	if u == nil {
		return auth.User{}, false
	}
	return auth.User{ID: u.ID, Active: u.Active, Integration: u.Types == models.Integration}, true
}

func (w *world) Device(ctx context.Context, id models.AgencyID, device models.DeviceID) (d auth.Device, ok bool, err error) {
	err = w.View(ctx, id, func(s *models.State) error {
		if found := s.Device(device); found != nil {
			d, ok = auth.Device{User: found.User, Revoked: found.Revoked, Wipe: found.Wipe}, true
		}
		return nil
	})
	return d, ok, err
}

// push notes what it was given, and from whom it was taken.
type push struct {
	addresses []api.PushAddress
	unbound   []models.DeviceID
	until     time.Time                          // of the last of them
	ready     map[models.DeviceID]wire.Readiness // never_tested where nothing is said
	told      map[models.DeviceID][]wire.PushReceipt
	err       error // of Reachable
	unbinding error // of Unbind
}

func (p *push) Unbind(_ context.Context, _ models.AgencyID, device models.DeviceID, until time.Time) error {
	p.unbound, p.until = append(p.unbound, device), until
	return p.unbinding
}

func (p *push) PutAddress(_ context.Context, _ wire.Caller, _ models.DeviceID, a api.PushAddress) error {
	p.addresses = append(p.addresses, a)
	return nil
}

func (p *push) Reachable(_ context.Context, _ models.AgencyID, d models.DeviceID) (bool, error) {
	return d == deviceID("officer") && !slices.Contains(p.unbound, d), p.err
}

func (p *push) Received(_ context.Context, _ models.AgencyID, d models.DeviceID, all []wire.PushReceipt) error {
	if p.told == nil {
		p.told = map[models.DeviceID][]wire.PushReceipt{}
	}
	p.told[d] = append(p.told[d], all...)
	return p.err
}

// rung is a notification to the officer's device.
const rung = "AZsAAAAAgACAAAAAAAAAAg"

func (p *push) PutKeys(_ context.Context, _ wire.Caller, _ models.DeviceID, key string) (api.PushKeys, error) {
	if key == "" {
		return api.PushKeys{Signers: []api.SignerKey{}, FetchToken: fetchToken}, nil
	}
	return api.PushKeys{
		Content: models.ContentSealed, KeyID: "I6ahtZnRCPo", Signers: []api.SignerKey{{ID: "SICU5P49_nc", Key: "2BoRUt9XZkKwmN62cSeoSF5WJ4HWkuZTT473s2PIWug"}},
		FetchToken: fetchToken, FetchUntil: 1_772_000_000_000,
	}, nil
}

// fetchToken is the officer's device's.
var fetchToken = strings.Repeat("f", 96)

func (p *push) Fetcher(_ context.Context, token string) (wire.Caller, error) {
	if token != fetchToken {
		return wire.Caller{}, auth.ErrToken
	}
	return wire.Caller{Agency: models.AgencyID(word[int]("agency a")), User: userID("officer"), Device: deviceID("officer")}, nil
}

func (p *push) Preview(_ context.Context, c wire.Caller, id record.UUID) (doorbell.Preview, error) {
	if c.Device != deviceID("officer") || id.String() != rung {
		return doorbell.Preview{}, models.ErrNotFound
	}
	return doorbell.Preview{About: "message", Conversation: conversation, Kind: models.PersonalKind, From: "reviewer", Text: "hello", At: 1_772_000_000_000}, nil
}

// DeadLetters are two, of which a page of one tells the first.
func (p *push) DeadLetters(_ context.Context, _ models.AgencyID, after string, limit int) (api.DeadLetters, error) {
	letter := api.DeadLetter{
		At: 1_772_000_000_000, User: userID("officer"), Device: deviceID("officer"), About: "message", Provider: "apns", Answer: "BadMessageId", Status: 400, Attempts: 1,
	}
	if limit == 1 && after == "" {
		return api.DeadLetters{Letters: []api.DeadLetter{letter}, Next: "00064a8d7a1f0000/" + rung}, p.err
	}
	return api.DeadLetters{Letters: []api.DeadLetter{letter, letter}}, p.err
}

func (p *push) Readiness(_ context.Context, _ models.AgencyID, all []api.Carried) ([]wire.DeviceReadiness, error) {
	var found []wire.DeviceReadiness
	for _, d := range all {
		r := wire.DeviceReadiness{User: d.User, Device: d.Device, Ready: wire.NeverTested, Kind: "apns", Address: "good", Permission: "granted", Provider: "closed", Tested: d.TestedAt.Millis()}
		if word := p.ready[d.Device]; word != "" {
			r.Ready = word
		}
		found = append(found, r)
	}
	return found, p.err
}

func (p *push) Tested(_ context.Context, _ models.AgencyID, d models.DeviceID, seq record.Seq) (wire.PushVerdict, error) {
	return wire.PushVerdict{
		Verdict: "push", Reason: "test", At: 1_772_000_000_000, Words: "Rung: as a test, accepted by APNs at 02:10:09, displayed at 02:10:10.",
		Facts:   wire.PushFacts{HasAddress: true, Provider: "apns", Outcome: "accepted", Attempts: 1},
		Reached: wire.PushReached{Received: 1_772_000_000_500, Displayed: 1_772_000_001_000},
	}, p.err
}

func (p *push) WebKey() string { return strings.Repeat("B", 87) }

func (p *push) Verdicts(_ context.Context, _ models.AgencyID, m *models.Entry) ([]api.Verdict, error) {
	return []api.Verdict{{User: m.Author, Verdict: "suppressed"}}, nil
}

func (p *push) Account(_ context.Context, _ models.AgencyID, e models.Event, steps []models.Event) (api.Account, error) {
	rung := wire.PushVerdict{
		Verdict: "push", Reason: "background", At: int64(e.At / 1000), Words: "Rung: in the background, accepted by APNs at 02:10:09.",
		Facts: wire.PushFacts{State: models.Background, HasAddress: true, Provider: "apns", Outcome: "accepted", Attempts: 1},
	}
	none := wire.PushVerdict{Verdict: "suppress", Reason: "no_device", At: rung.At, Words: "Not rung: this person has no device."}
	a := api.Account{Known: "posted", AsOf: e.At}
	a.Recipients = []api.Addressee{
		{User: userID("reviewer"), Devices: []wire.DeviceRing{{Device: deviceID("reviewer"), Push: rung}}},
		{User: userID("dispatcher"), Devices: []wire.DeviceRing{{Device: deviceID("dispatcher"), Push: rung}}},
		{User: userID("far-officer"), None: &none},
	}
	for _, e := range steps {
		a.Steps = append(a.Steps, api.Climb{Step: e.Body.(*models.UrgentEscalated).Step, At: e.At, Recipients: a.Recipients[1:]})
	}
	return a, nil
}

func (p *push) OfDevice(context.Context, models.AgencyID, models.DeviceID, int) ([]wire.DeviceVerdict, bool, error) {
	quiet := wire.PushVerdict{Verdict: "suppress", Reason: "no_address", At: 1_772_000_000_000, Words: "Not rung: no push address."}
	return []wire.DeviceVerdict{{User: userID("officer"), About: "message", ID: conversation.String(), Push: quiet}}, false, nil
}

type health struct{ err error }

func (h *health) Started() error              { return h.err }
func (h *health) Ready(context.Context) error { return h.err }
