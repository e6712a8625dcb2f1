package audit_test

import (
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/replay/audit"
)

// book is a log in the making.
type book struct {
	t       *testing.T
	state   *models.State
	prev    record.Hash
	batches []record.Batch
}

func newBook(t *testing.T) *book {
	b := &book{t: t, state: models.NewState()}
	b.do(models.Command{Body: &models.AgencyCreate{ID: id[models.AgencyID](1), Name: "Test", TimeZone: "UTC"}})
	return b
}

// id is a fixed id.
func id[T ~[16]byte](n byte) T { return T{0: 1, 6: 0x70, 8: 0x80, 15: n} }

// do decides a command and appends what follows.
func (b *book) do(c models.Command) {
	b.t.Helper()
	c.At = b.state.At + 1_000_000
	bodies, err := models.Decide(b.state, c)
	if err != nil {
		b.t.Fatalf("%s: %v", c.Body.CommandType(), err)
	}
	b.append(c, bodies)
}

func (b *book) append(c models.Command, bodies []models.EventBody) {
	b.t.Helper()
	h := record.Header{Log: "a/main", Epoch: 1, First: b.state.Seq + 1, Prev: b.prev, ID: id[record.UUID](byte(len(b.batches)))}
	var payloads []record.Payload
	for i, body := range bodies {
		e := models.Event{
			Seq: b.state.Seq + 1, At: b.state.At + models.Micros(1_000_000+i), Actor: c.Actor, Device: c.Device, Lane: c.Lane, Num: c.Num,
			Command: c.ID, Body: body,
		}
		head, payload, _, err := models.EncodeEvent(e, id[record.UUID](9))
		if err != nil {
			b.t.Fatal(err)
		}
		h.Events, payloads = append(h.Events, head), append(payloads, payload)
		if err := models.Apply(b.state, e); err != nil {
			b.t.Fatal(err)
		}
	}
	batch, err := record.Seal(h, payloads, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.prev = record.Sum(batch.Header)
	b.batches = append(b.batches, batch)
}

func (b *book) read() *audit.Log {
	b.t.Helper()
	next := 0
	log, err := audit.Read(func(record.Seq) ([]record.Batch, error) {
		some := b.batches[next:min(next+2, len(b.batches))]
		next += len(some)
		return some, nil
	}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return log
}

// The people of these tests: two friends with a conversation, and a stranger.
var (
	ann, ben, eve = id[models.UserID](11), id[models.UserID](12), id[models.UserID](13)
	phone         = id[models.DeviceID](21)
	talk          = id[models.ConversationID](31)
)

// world is a log in which ann's phone has written three messages to ben.
func world(t *testing.T) *book {
	b := newBook(t)
	for i, u := range []models.UserID{ann, ben, eve} {
		name := string(rune('a' + i))
		b.do(models.Command{Body: &models.UserCreate{ID: u, Username: name, Name: name, Types: models.Officer, Active: true}})
	}
	b.do(models.Command{Actor: ann, Device: phone, Body: &models.DeviceRegister{Name: "phone", Class: "phone", Platform: "ios"}})
	b.do(ofPhone(models.LaneUrgent, 1, &models.ConversationCreate{ID: talk, Invitees: []models.UserID{ben}}))
	for n := range 3 {
		b.post(uint64(n + 1))
	}
	return b
}

func (b *book) post(num uint64) {
	b.do(ofPhone(models.LaneRoutine, num, &models.MessagePost{ConversationID: talk, ID: id[models.MessageID](40 + byte(num)), Text: "hello"}))
}

func ofPhone(lane models.Lane, num uint64, body models.CommandBody) models.Command {
	return models.Command{Actor: ann, Device: phone, Lane: lane, Num: num, ID: id[models.CommandID](100 + 50*byte(lane) + byte(num)), Body: body}
}

// pendingOf is the invitation that somebody has yet to answer.
func (b *book) pendingOf(u models.UserID) models.InvitationID {
	for _, r := range b.state.Live(models.SelfScope(u)) {
		if r.Kind == models.RowInvitation {
			return models.InvitationID(r.ID)
		}
	}
	b.t.Fatal("nobody asked them")
	return models.InvitationID{}
}
