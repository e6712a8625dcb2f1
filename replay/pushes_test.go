package replay_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/replay"
	"officermobile/replay/judge"
)

// id is a fixed id.
func id[T ~[16]byte](n byte) T { return T{0: 1, 6: 0x70, 8: 0x80, 15: n} }

// The people and things of these tests.
var (
	dora, ann, ben           = id[models.UserID](1), id[models.UserID](2), id[models.UserID](3)
	console, phoneA, phoneB  = id[models.DeviceID](11), id[models.DeviceID](12), id[models.DeviceID](13)
	zone, part, team, agency = id[models.ZoneID](21), id[models.WorkZoneID](22), id[models.TeamID](23), id[models.AgencyID](24)
	fire, job                = id[models.DispatchID](31), id[models.TaskID](32)
	room                     = models.ConversationOf(fire)
	group                    = id[models.ConversationID](33)
	first, second            = id[models.MessageID](41), id[models.MessageID](42)
)

// town is a state and what the collector made of it.
type town struct {
	t      *testing.T
	state  *models.State
	pushes *replay.Pushes
}

// newTown has a dispatcher with a console, and two officers on duty with a phone each.
func newTown(t *testing.T) *town {
	w := &town{t: t, state: models.NewState()}
	w.pushes = replay.NewPushes(agency, func(at time.Time) time.Time { return at }, console, phoneA, phoneB)
	w.do(models.UserID{}, &models.AgencyCreate{ID: agency, Name: "Test", TimeZone: "UTC"})
	w.do(models.UserID{}, &models.PutZone{ID: zone, Name: "Zone"})
	w.do(models.UserID{}, &models.PutWorkZone{ID: part, Zone: zone, Name: "Part"})
	w.do(models.UserID{}, &models.PutTeam{ID: team, Zone: zone, Name: "Team", WorkZones: []models.WorkZoneID{part}})
	for i, u := range []models.UserID{dora, ann, ben} {
		create := &models.UserCreate{ID: u, Username: string(rune('a' + i)), Name: "x", Types: models.Officer, Active: true}
		if u == dora {
			create.Types, create.Zones = models.Dispatcher, []models.ZoneID{zone}
		}
		w.do(models.UserID{}, create)
		w.append(u, id[models.DeviceID](byte(11+i)), &models.DeviceRegister{Name: "d", Class: "phone", Platform: "ios"})
		if u != dora {
			w.do(u, &models.ReportForDuty{Zone: zone, Team: team, CallSign: string(rune('A' + i))})
		}
	}
	return w
}

func (w *town) do(actor models.UserID, body models.CommandBody) {
	w.append(actor, models.DeviceID{}, body)
}

func (w *town) append(actor models.UserID, device models.DeviceID, body models.CommandBody) {
	w.t.Helper()
	c := models.Command{At: w.state.At + 1_000_000, Actor: actor, Device: device, Body: body}
	events, err := models.Decide(w.state, c)
	if err != nil {
		w.t.Fatalf("%s: %v", body.CommandType(), err)
	}
	for _, b := range events {
		e := models.Event{Seq: w.state.Seq + 1, At: w.state.At + 1_000_000, Actor: actor, Device: device, Body: b}
		if err := models.Apply(w.state, e); err != nil {
			w.t.Fatal(err)
		}
		w.pushes.Event(w.state, e)
	}
}

// want compares how many calls a device got about a thing, and how many of them the log ended.
func (w *town) want(what string, device models.DeviceID, sort string, thing record.UUID, calls, ended int) {
	w.t.Helper()
	got := w.pushes.Calls(device, sort, thing)
	n := 0
	for _, c := range got {
		if !c.Released.IsZero() {
			n++
		}
	}
	if len(got) != calls || n != ended {
		w.t.Errorf("%s: got %d calls, %d ended; want %d, %d", what, len(got), n, calls, ended)
	}
}

func (w *town) dispatch() {
	w.do(dora, &models.DispatchCreate{ID: fire, WorkZone: part, Facts: models.Facts{Priority: models.High}})
	w.do(dora, &models.TaskCreate{ID: job, DispatchID: fire, Assignee: ann})
}

func TestATaskCallsItsOfficerUntilItIsStarted(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.dispatch()
	w.want("assigned", phoneA, "task", job.UUID(), 1, 0)
	w.want("to another", phoneB, "task", job.UUID(), 0, 0)
	w.do(ann, &models.TaskStart{TaskID: job})
	w.want("started", phoneA, "task", job.UUID(), 1, 1)
}

func TestAMessageCallsMembersByNameUntilItIsRead(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.dispatch()
	w.do(ann, &models.MessagePost{ConversationID: room, ID: first, Text: "x"})
	w.want("its author", phoneA, "conv", room.UUID(), 0, 0)
	w.want("in by role", console, "conv", room.UUID(), 0, 0)
	w.want("not in", phoneB, "conv", room.UUID(), 0, 0)
	w.do(dora, &models.MessagePost{ConversationID: room, ID: second, Text: "y"})
	w.want("a member", phoneA, "conv", room.UUID(), 1, 0)
	w.do(ann, &models.ReadUpTo{ConversationID: room, N: w.state.Conversation(room).LastN})
	w.want("read", phoneA, "conv", room.UUID(), 1, 1)
}

func TestAnUrgentMessageCallsAllWhoMustAcknowledge(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.dispatch()
	w.do(ben, &models.Comment{DispatchID: fire})
	w.do(ann, &models.MessagePost{ConversationID: room, ID: first, Text: "x", Urgent: true})
	w.want("in by role", console, "urg", first.UUID(), 1, 0)
	w.want("a member", phoneB, "urg", first.UUID(), 1, 0)
	w.want("its author", phoneA, "urg", first.UUID(), 0, 0)
	w.want("no routine push", phoneB, "conv", room.UUID(), 0, 0)
	w.do(ben, &models.ReadUpTo{ConversationID: room, N: w.state.Conversation(room).LastN})
	w.want("read is not acknowledged", phoneB, "urg", first.UUID(), 1, 0)
	w.do(ben, &models.Acknowledge{MessageID: first})
	w.want("acknowledged", phoneB, "urg", first.UUID(), 1, 1)
	w.want("by another", console, "urg", first.UUID(), 1, 0)
}

func TestAnInvitationCallsItsInviteeUntilItIsSettled(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(models.InvitationID) (models.UserID, models.CommandBody){
		"accepted": func(i models.InvitationID) (models.UserID, models.CommandBody) {
			return ben, &models.Accept{InvitationID: i}
		},
		"rejected": func(i models.InvitationID) (models.UserID, models.CommandBody) {
			return ben, &models.Reject{InvitationID: i}
		},
		"cancelled": func(i models.InvitationID) (models.UserID, models.CommandBody) {
			return ann, &models.Cancel{InvitationID: i}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.do(ann, &models.ConversationCreate{ID: group, Invitees: []models.UserID{ben, dora}})
			things := w.pushes.Things(phoneB, "inv")
			if len(things) != 1 {
				t.Fatalf("got %d invitations, want 1", len(things))
			}
			w.want("sent", phoneB, "inv", things[0], 1, 0)
			w.do(settle(models.InvitationID(things[0])))
			w.want("settled", phoneB, "inv", things[0], 1, 1)
		})
	}
}

func TestWhoLeftIsNotCalledAnyMore(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.dispatch()
	w.do(ben, &models.Comment{DispatchID: fire})
	w.do(dora, &models.MessagePost{ConversationID: room, ID: first, Text: "x"})
	w.do(ben, &models.Leave{ConversationID: room})
	w.want("left", phoneB, "conv", room.UUID(), 1, 1)
	w.do(dora, &models.MessagePost{ConversationID: room, ID: second, Text: "y"})
	w.want("after that", phoneB, "conv", room.UUID(), 1, 1)
}

func TestPushesAreJudgedByTheJournal(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.dispatch()
	posted := w.pushes.Calls(phoneA, "task", job.UUID())[0]
	ring := w.pushes.RingID(phoneA, "task", job.UUID(), posted.Seq)
	push := func(n int, token, notification string, accepted bool) replay.Push {
		return replay.Push{N: n, At: posted.Posted.Add(time.Second), Token: token, Notification: notification, Accepted: accepted}
	}
	tests := map[string]struct {
		journal         []replay.Push
		missing, unowed int
	}{
		"rung":                       {[]replay.Push{push(1, replay.TokenOf(phoneA), ring, true)}, 0, 0},
		"not rung":                   {nil, 1, 0},
		"not accepted":               {[]replay.Push{push(1, replay.TokenOf(phoneA), ring, false)}, 1, 0},
		"to another device":          {[]replay.Push{push(1, replay.TokenOf(phoneB), ring, true)}, 1, 1},
		"about what nobody knows of": {[]replay.Push{push(1, replay.TokenOf(phoneA), "AAAAAAAAAAAAAAAAAAAAAA", true)}, 1, 1},
		"again, under the same id":   {[]replay.Push{push(1, replay.TokenOf(phoneA), ring, true), push(2, replay.TokenOf(phoneA), ring, true)}, 0, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.dispatch()
			got, found := w.pushes.Judge(judge.RulesAt(1), nil, test.journal)
			if got.Missing != test.missing || got.Unowed != test.unowed || len(found) != test.missing+test.unowed {
				t.Errorf("got %d missing, %d unowed, %q; want %d, %d", got.Missing, got.Unowed, found, test.missing, test.unowed)
			}
		})
	}
}
