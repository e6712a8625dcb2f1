package wire_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var update = flag.Bool("update", false, "write the golden files anew; never after a release")

func id[I ~[16]byte](n uint16) I {
	var u record.UUID
	binary.BigEndian.PutUint16(u[4:], n)
	u[6], u[8] = 0x70, 0x80
	return I(u)
}

// example is a state in which every kind of row exists.
func example(t *testing.T) *models.State {
	t.Helper()
	s := models.NewState()
	olga, dan, omar := id[models.UserID](1), id[models.UserID](2), id[models.UserID](3)
	zone, work, team := id[models.ZoneID](10), id[models.WorkZoneID](11), id[models.TeamID](12)
	phone, dispatch, task := id[models.DeviceID](20), id[models.DispatchID](30), id[models.TaskID](31)
	at := models.Micros(time.Date(2026, 11, 22, 2, 45, 0, 0, time.UTC).UnixMicro())
	give := func(actor models.UserID, device models.DeviceID, b models.CommandBody) {
		t.Helper()
		at += 1_500_000
		c := models.Command{At: at, Actor: actor, Device: device, ID: id[models.CommandID](uint16(s.Seq + 1000)), Body: b}
		if _, ok := b.(*models.MessagePost); ok {
			c.Claims = models.Claims{DeviceAt: at.Millis() - 2_100_000, AgeMS: 2_100_000}
		}
		bodies, err := models.Decide(s, c)
		if err != nil {
			t.Fatalf("%s: %v", b.CommandType(), err)
		}
		for _, body := range bodies {
			if err := models.Apply(s, models.Event{Seq: s.Seq + 1, At: at, Actor: actor, Device: device, Body: body}); err != nil {
				t.Fatal(err)
			}
		}
	}
	system, none := models.UserID{}, models.DeviceID{}
	lat, lon := 37.79254, -122.42024
	give(system, none, &models.AgencyCreate{ID: id[models.AgencyID](100), Name: "Harbor Police", TimeZone: "America/Los_Angeles"})
	give(system, none, &models.PutZone{ID: zone, Name: "North"})
	give(system, none, &models.PutWorkZone{ID: work, Zone: zone, Name: "Pier"})
	give(system, none, &models.PutTeam{ID: team, Zone: zone, Name: "Day", WorkZones: []models.WorkZoneID{work}})
	give(system, none, &models.PutRTA{RTARule: models.RTARule{
		ID: id[models.RTAID](13), Name: "On scene in eight minutes", From: models.TaskUnassignedStatus, To: models.TaskOnScene, Seconds: 480,
		Match: models.RTAMatch{Priority: models.High},
	}})
	give(system, none, &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: id[models.ChoiceID](14), Kind: models.CategoryChoice, Name: "alarm"}})
	give(system, none, &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: id[models.ChoiceID](15), Kind: models.CategoryChoice, Parent: id[models.ChoiceID](14), Name: "audible", Order: 1}})
	give(system, none, &models.UserCreate{ID: olga, Username: "olga", Name: "Olga Diaz", Types: models.Officer, Active: true})
	give(system, none, &models.UserCreate{ID: dan, Username: "dan", Name: "Dan Wu", Types: models.Dispatcher, Zones: []models.ZoneID{zone}, Active: true})
	give(system, none, &models.UserCreate{ID: omar, Username: "omar", Name: "Omar Ali", Types: models.Officer, Active: true})
	give(olga, phone, &models.DeviceRegister{Name: "Olga's phone", Class: "phone", Platform: "ios"})
	give(olga, phone, &models.ReportForDuty{Zone: zone, Team: team, CallSign: "N1"})
	give(dan, none, &models.DispatchCreate{ID: dispatch, WorkZone: work, Facts: models.Facts{
		Category: []string{"alarm", "audible"}, Priority: models.High, Location: "Pier 7", IndoorLocation: "Cold room", Lat: &lat, Lon: &lon,
		Description: "Bell ringing", CallSource: "phone", ReportedAt: at.Millis(),
	}})
	give(dan, none, &models.TaskCreate{ID: task, DispatchID: dispatch, Assignee: olga})
	c := models.ConversationOf(dispatch)
	give(olga, phone, &models.MessagePost{ConversationID: c, ID: id[models.MessageID](40), Text: "On my way — 5 min"})
	give(dan, none, &models.MessagePost{ConversationID: c, ID: id[models.MessageID](41), Text: "Careful", Urgent: true})
	give(dan, none, &models.Invite{ConversationID: c, Invitees: []models.UserID{omar}})
	give(olga, phone, &models.ReadUpTo{ConversationID: c, N: 2})
	later, done := id[models.DispatchID](32), id[models.TaskID](33)
	give(dan, none, &models.DispatchCreate{ID: later, WorkZone: work, Facts: models.Facts{Priority: models.Low}})
	give(dan, none, &models.TaskCreate{ID: done, DispatchID: later})
	give(dan, none, &models.DispatchLog{DispatchID: later, ID: id[models.LogID](34), Text: "Gate 4 was open"})
	give(dan, none, &models.TaskClear{TaskID: done, Disposition: "report taken", Response: "Locked it, nobody there."})
	give(dan, none, &models.DispatchClose{DispatchID: later})
	give(dan, none, &models.BroadcastCreate{ID: id[models.ConversationID](42), Zone: zone, Title: "All of North", MessageID: id[models.MessageID](43), Text: "Storm at six"})
	give(olga, none, &models.MuteConversation{ConversationID: c, Until: 4_102_444_800_000})
	return s
}

// TestRowsAreFrozen holds the JSON of a row of every kind.
func TestRowsAreFrozen(t *testing.T) {
	t.Parallel()
	s := example(t)
	kinds := map[models.RowKind]bool{}
	var out bytes.Buffer
	for _, user := range []models.UserID{id[models.UserID](1), id[models.UserID](3)} {
		for _, g := range s.Grants(user) {
			for _, r := range s.Live(g.Scope) {
				item := wire.Item[any]{Scope: g.Scope, Kind: r.Kind, ID: r.ID.String(), Rev: r.Rev, Data: wire.RowData(s, g.Scope, r.Row)}
				if item.Data == nil {
					t.Fatalf("%s has no data", r.Kind)
				}
				write(t, &out, item)
				kinds[r.Kind] = true
			}
			if g.Scope.Rank == models.RankConversation {
				rows := s.Timeline(models.ConversationID(g.Scope.ID))
				write(t, &out, wire.Item[any]{Scope: g.Scope, Kind: models.RowMessages, Data: wire.MessagesOf(rows)})
			}
		}
	}
	if got, want := len(kinds), 19; got != want {
		t.Errorf("the example has rows of %d kinds, want all %d", got, want)
	}
	golden(t, "rows.jsonl", out.Bytes())
}

// TestRequestsAndAnswersAreFrozen holds the JSON around the rows.
func TestRequestsAndAnswersAreFrozen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 2, 45, 0, 0, time.UTC)
	scope := models.ConversationScope(id[models.ConversationID](50))
	var out bytes.Buffer
	write(t, &out, wire.SyncRequest{
		T: "TOKEN", Schema: wire.Schema, Lanes: map[string]wire.LaneQueue{
			"0": {First: 4, Commands: []wire.Command{}},
			"1": {First: 17, Commands: []wire.Command{{
				ID: id[models.CommandID](60), Type: "message.post", DeviceAt: at.Add(-35 * time.Minute), AgeMS: 2_100_000, Base: 3,
				Body: jsontext.Value(`{"conversation_id":"` + id[models.ConversationID](50).String() + `","id":"` + id[models.MessageID](61).String() + `","text":"ok"}`),
			}}},
		},
		Presence: &wire.Presence{State: models.Foreground, Report: 812, Position: &wire.Position{Lat: 37.79, Lon: -122.42, AccuracyM: 12}},
		Renew:    "REFRESH", WaitMS: 25000, Window: 50, MaxBytes: 262144,
	})
	write(t, &out, wire.SyncAnswer[any]{
		Lanes: map[string]wire.LaneAnswer{"1": {Next: 19, Results: []models.Result{
			{Num: 17, Outcome: models.Applied}, {Num: 18, Outcome: models.Rejected, Code: "closed"},
		}}},
		Session: &wire.Session{Access: "ACCESS", Refresh: "REFRESH", ExpiresInS: 600, DataLeaseUntil: at.Add(24 * time.Hour)},
		Page: &wire.Page[any]{Full: true, More: true, T: "TOKEN", Done: map[string]uint64{"1": 18}, At: at, StaleMS: 4000, Items: []wire.Item[any]{
			{Op: wire.OpDrop, Scope: scope}, {Op: wire.OpReset, Scope: scope, FromN: 51},
			{Scope: scope, Kind: models.RowMember, ID: id[models.UserID](1).String(), Rev: 2, Gone: true},
		}},
	})
	write(t, &out, wire.SyncAnswer[any]{Session: &wire.Session{Wipe: true}})
	write(t, &out, wire.SyncAnswer[any]{PageError: &wire.PageError{Code: "behind", RetryMS: 500}})
	write(t, &out, wire.Bye{RetryMS: 5000, Why: wire.ByeDrain})
	write(t, &out, wire.Now{Presence: []wire.UserPresence{{User: id[models.UserID](1), State: models.Background, HeardS: 40}}})
	golden(t, "protocol.jsonl", out.Bytes())
}

// TestMessagesSurviveTheWire reads back what was written.
func TestMessagesSurviveTheWire(t *testing.T) {
	t.Parallel()
	s := example(t)
	want := wire.MessagesOf(s.Timeline(models.ConversationOf(id[models.DispatchID](30))))
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got wire.Messages
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"t":1,"r":[[1,"",0,0,"x",{"k":"closed"}]],"a":["AAAAAAABcACAAAAAAAAAAA"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var ms, again wire.Messages
		if json.Unmarshal(b, &ms) != nil {
			return
		}
		out, err := json.Marshal(ms)
		if err != nil {
			t.Skip("a text that is not valid UTF-8 can't be written")
		}
		if err := json.Unmarshal(out, &again); err != nil || len(again) != len(ms) {
			t.Fatalf("what was written can't be read: %v", err)
		}
	})
}

func write(t *testing.T, out *bytes.Buffer, v any) {
	t.Helper()
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	out.Write(append(b, '\n'))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has changed; phones in the field read the old bytes:\n%s", name, got)
	}
}
