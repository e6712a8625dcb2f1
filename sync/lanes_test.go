package sync_test

import (
	"fmt"
	"strings"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/sync"

	"github.com/go-json-experiment/json/jsontext"
)

// outbox is a request that carries one lane.
func outbox(token, lane string, first uint64, cmds ...wire.Command) wire.SyncRequest {
	return wire.SyncRequest{T: token, Lanes: map[string]wire.LaneQueue{lane: {First: first, Commands: cmds}}}
}

func post(m int, text string) wire.Command {
	body := fmt.Sprintf(`{"conversation_id":%q,"id":%q,"text":%q}`, roomID(0), messageID(m), text)
	return wire.Command{ID: commandID(m), Type: "message.post", Body: jsontext.Value(body)}
}

func outcomes(a wire.LaneAnswer) string {
	var words []string
	for _, r := range a.Results {
		words = append(words, fmt.Sprintf("%d %s %s", r.Num, r.Outcome, r.Code))
	}
	return strings.Join(words, ", ")
}

func TestInvariants14To16_LanesAnswerWhatIsDurable(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	who := callerOf(1)
	token := d.pass(who, "", newPocket())
	broken := wire.Command{ID: commandID(50), Type: "message.post", Body: jsontext.Value(`{"nonsense":1}`)}
	unknown := wire.Command{ID: commandID(51), Type: "message.sing", Body: jsontext.Value(`{}`)}
	for _, c := range []struct {
		name string
		req  wire.SyncRequest
		lane string
		want string
		next uint64
		code models.Code
	}{
		{"first", outbox(token, "1", 1, post(1, "a"), post(2, "b")), "1", "1 applied , 2 applied ", 3, ""},
		{"the answer was lost", outbox(token, "1", 1, post(1, "a"), post(2, "b"), post(3, "c")), "1", "1 applied , 2 applied , 3 applied ", 4, ""},
		{"restored from a backup", outbox(token, "1", 3, post(9, "z"), post(10, "y")), "1", "", 4, "fork"},
		{"a gap", outbox(token, "1", 9, post(12, "x")), "1", "", 4, "gap"},
		{"number zero", outbox(token, "1", 0, post(12, "x")), "1", "", 4, "gap"},
		{"can't be read", outbox(token, "1", 4, broken, unknown, post(13, "d")), "1", "4 rejected invalid, 5 rejected unknown_command, 6 applied ", 7, ""},
		{"and again", outbox(token, "1", 4, broken), "1", "4 rejected invalid", 7, ""},
		{"the wrong lane", outbox(token, "0", 1, post(14, "e")), "0", "1 rejected wrong_lane", 2, ""},
		{"no such lane", outbox(token, "2", 1, post(15, "f")), "2", "", 0, "unknown_lane"},
		{"too many", outbox(token, "1", 7, make([]wire.Command, 51)...), "1", "", 7, "too_many"},
	} {
		got := d.sync(who, c.req).Lanes[c.lane]
		if outcomes(got) != c.want || got.Next != c.next || got.Code != c.code {
			t.Errorf("%s: got %q, next %d, code %q, want %q, %d, %q", c.name, outcomes(got), got.Next, got.Code, c.want, c.next, c.code)
		}
	}
}

// TestTheRoutineLaneWaitsForTheUrgentOne: its commands may need what those of the urgent lane make, and a refusal would
// be for good.
func TestTheRoutineLaneWaitsForTheUrgentOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	who := callerOf(1)
	d.pass(who, "", newPocket())
	for _, c := range []struct {
		name   string
		first  uint64
		urgent []wire.Command
		code   models.Code
		want   string
	}{
		{"a gap", 5, []wire.Command{post(1, "a")}, sync.CodeWaits, ""},
		{"too many", 1, make([]wire.Command, 51), sync.CodeWaits, ""},
		{"refused, which is decided", 1, []wire.Command{post(2, "wrong lane")}, "", "1 applied "},
		{"a fork", 1, []wire.Command{post(3, "another")}, sync.CodeWaits, ""},
	} {
		req := outbox("", "1", 1, post(4, "b"))
		req.Lanes["0"] = wire.LaneQueue{First: c.first, Commands: c.urgent}
		if got := d.sync(who, req).Lanes["1"]; got.Code != c.code || outcomes(got) != c.want {
			t.Errorf("%s: got %q, code %q, want %q, %q", c.name, outcomes(got), got.Code, c.want, c.code)
		}
	}
}

func TestDoneSaysWhichCommandsAPageIncludes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	who := callerOf(1)
	token := d.pass(who, "", newPocket())
	page := d.sync(who, outbox(token, "1", 1, post(1, "a"), post(2, "b"))).Page
	if page.Done["1"] != 2 || len(page.Items) == 0 {
		t.Errorf("got done %v and %d items, want both commands and their effects", page.Done, len(page.Items))
	}
	full := d.sync(who, wire.SyncRequest{MaxBytes: 1})
	if p := full.Page; !p.More || p.Done != nil {
		t.Errorf("first page of many: got more %v, done %v, want done at the end only", p.More, p.Done)
	}
	token = full.Page.T
	d.sync(who, outbox("", "1", 3, post(3, "c"))) // later than the pass under way
	for {
		p := d.sync(who, wire.SyncRequest{T: token, MaxBytes: 1}).Page
		token = p.T
		if !p.More {
			if p.Done["1"] != 2 {
				t.Errorf("got done %v, want 2: the third came after the pass began", p.Done)
			}
			return
		}
	}
}

func TestInvariant18_WhoWasSwitchedOffGetsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	who := callerOf(1)
	token := d.pass(who, "", newPocket())
	mustSubmit(t, d.g, models.Command{Actor: personID(0), Body: &models.DeviceRevoke{DeviceID: who.Device, Wipe: true}})
	if _, err := d.s.Sync(t.Context(), who, outbox(token, "1", 1, post(1, "a"))); models.AsError(err) != models.ErrInactive {
		t.Errorf("got %v, want %v", err, models.ErrInactive)
	}
	var last uint64
	d.g.View(func(s *models.State) { last = s.LastNum(who.Device, models.LaneRoutine) })
	if last != 0 {
		t.Errorf("lane stands at %d, want nothing executed", last)
	}
}

// A duress is decided before all that the same request carries in the routine lane, with whatever a newer app says of it.
func TestDuressGoesAhead(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	who := callerOf(1)
	req := outbox(d.pass(who, "", newPocket()), "1", 1, post(1, "a"), post(2, "b"))
	press := wire.Command{ID: commandID(3), Type: "duress.raise", Body: jsontext.Value(`{"lat":37.79,"lon":-122.4,"heart_rate":180}`)}
	req.Lanes["0"] = wire.LaneQueue{First: 1, Commands: []wire.Command{press}}
	answer := d.sync(who, req)
	if got := outcomes(answer.Lanes["0"]) + outcomes(answer.Lanes["1"]); got != "1 applied 1 applied , 2 applied " {
		t.Fatalf("got %q, want all applied", got)
	}
	d.g.View(func(s *models.State) {
		raised := s.DuressOf(who.User)
		if raised == nil || *raised.Facts.Lat != 37.79 {
			t.Fatalf("got %+v, want a dispatch at the place", raised)
		}
		call, chat := s.Conversation(raised.Conversation).LastSeq, s.Message(messageID(1)).Seq
		if call > chat {
			t.Errorf("the call for help is event %d, behind a routine message at %d", call, chat)
		}
	})
}
