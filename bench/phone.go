package bench

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// phone is a signed-in device of a person. One goroutine uses it at a time.
type phone struct {
	address string
	agency  models.AgencyID
	person  *person
	device  models.DeviceID
	key     string // of the device, for renewal
	access  string
	refresh string
	token   string // of the last completed pass
	num     uint64 // of the last command in the routine lane
	report  uint64
	conn    *conn // kept alive between calls; nil until needed
	used    time.Time
}

// person is a user of the agency.
type person struct {
	id                 models.UserID
	username, password string
}

// signIn begins a session on a new device, and registers it, in one round trip.
func signIn(ctx context.Context, address string, agency models.AgencyID, who *person) (*phone, error) {
	p := &phone{address: address, agency: agency, person: who, device: newID[models.DeviceID](), key: newKey()}
	body := map[string]any{
		"agency_id": agency, "username": who.username, "password": who.password, "device_id": p.device, "device_key": p.key,
		"register": models.DeviceRegister{Name: "phone", Class: "phone", Platform: "android"},
	}
	var session struct {
		wire.Session
		User models.UserID `json:"user_id"`
	}
	if err := p.call(ctx, http.MethodPost, "/v1/sign-in", body, &session); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	p.access, p.refresh, who.id = session.Access, session.Refresh, session.User
	return p, nil
}

func newKey() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// newID mints an id as phones do: UUID version 7.
func newID[I ~[16]byte]() I {
	var id record.UUID
	ms := uint64(time.Now().UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	hi, lo := mathrand.Uint64(), mathrand.Uint64()
	for i := 6; i < 16; i++ {
		id[i] = byte(lo >> (8 * (i & 7)))
		if i == 13 {
			lo = hi
		}
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return I(id)
}

func (p *phone) headers() []header {
	if p.access == "" {
		return []header{{"Accept-Encoding", "gzip"}}
	}
	return []header{{"Authorization", "Bearer " + p.access}, {"Accept-Encoding", "gzip"}}
}

// call sends in as JSON and reads the answer into out; either may be nil.
func (p *phone) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("write a request: %w", err)
		}
	}
	a, err := p.do(ctx, request(nil, method, p.address, path, body, p.headers()...))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if a.status/100 != 2 {
		return fmt.Errorf("%s %s: %w", method, path, a.failure())
	}
	if out == nil {
		return nil
	}
	text, err := a.plain()
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// idleAtMost is how long a connection is kept between calls: well under the two minutes after which the server ends it.
const idleAtMost = 30 * time.Second

func (p *phone) do(ctx context.Context, raw []byte) (answer, error) {
	if time.Since(p.used) > idleAtMost {
		p.hangUp()
	}
	p.used = time.Now()
	if p.conn == nil {
		c, err := dial(ctx, p.address)
		if err != nil {
			return answer{}, err
		}
		p.conn = c
	}
	a, err := p.conn.do(raw)
	if err != nil {
		p.hangUp()
	}
	return a, err
}

// hangUp closes the connection; the next call makes another.
func (p *phone) hangUp() {
	if p.conn != nil {
		p.conn.close()
		p.conn = nil
	}
}

// syncRequest is what a phone sends that comes back: its position and its presence, and the refresh token if its
// access token has run out.
func (p *phone) syncRequest(renew bool) []byte {
	p.report++
	return p.syncWith(renew, &wire.Presence{State: models.Foreground, Report: p.report})
}

func (p *phone) syncWith(renew bool, presence *wire.Presence) []byte {
	in := wire.SyncRequest{T: p.token, Schema: wire.Schema, Presence: presence}
	headers := p.headers()
	if renew {
		in.Renew = p.refresh
		headers = append(headers, header{"Device-Key", p.key})
	}
	body, err := json.Marshal(in)
	if err != nil { // of plain strings and numbers
		panic(err)
	}
	return request(nil, http.MethodPost, p.address, "/v1/sync", body, headers...)
}

// took is what a page brought.
type took struct {
	messages int
	more     bool
}

// take reads the answer to a sync: it keeps the token and the session, and counts the messages.
func (p *phone) take(a answer) (took, error) {
	if a.status != http.StatusOK {
		return took{}, a.failure()
	}
	text, err := a.plain()
	if err != nil {
		return took{}, err
	}
	var ans wire.SyncAnswer[jsontext.Value]
	if err := json.Unmarshal(text, &ans); err != nil {
		return took{}, fmt.Errorf("read a page: %w", err)
	}
	if ans.Page == nil {
		return took{}, fmt.Errorf("no page: %.200s", text)
	}
	if ans.Session != nil {
		p.access, p.refresh = ans.Session.Access, ans.Session.Refresh
	}
	p.token = ans.Page.T
	t := took{more: ans.Page.More}
	for _, item := range ans.Page.Items {
		if item.Kind != models.RowMessages {
			continue
		}
		var rows wire.Messages
		if err := json.Unmarshal(item.Data, &rows); err != nil {
			return t, fmt.Errorf("read messages: %w", err)
		}
		for _, m := range rows {
			if m.Extra.Notice == "" {
				t.messages++
			}
		}
	}
	return t, nil
}

// sync follows a pass to its end, and says nothing of presence: nobody looks at this phone afterwards.
func (p *phone) sync(ctx context.Context) (messages int, err error) {
	for {
		a, err := p.do(ctx, p.syncWith(false, nil))
		if err != nil {
			return messages, fmt.Errorf("sync: %w", err)
		}
		t, err := p.take(a)
		messages += t.messages
		if err != nil || !t.more {
			return messages, err
		}
	}
}

// post writes texts in a conversation, as an outbox does: many to a request.
func (p *phone) post(ctx context.Context, to models.ConversationID, texts []string) error {
	for len(texts) > 0 {
		n := min(len(texts), wire.MaxCommands)
		queue := wire.LaneQueue{First: p.num + 1}
		for _, text := range texts[:n] {
			body, err := json.Marshal(models.MessagePost{ConversationID: to, ID: newID[models.MessageID](), Text: text})
			if err != nil {
				return fmt.Errorf("write a message: %w", err)
			}
			queue.Commands = append(queue.Commands, wire.Command{ID: newID[models.CommandID](), Type: "message.post", Body: body})
		}
		in := wire.SyncRequest{T: p.token, Schema: wire.Schema, Lanes: map[string]wire.LaneQueue{"1": queue}}
		var out wire.SyncAnswer[jsontext.Value]
		if err := p.call(ctx, http.MethodPost, "/v1/sync", in, &out); err != nil {
			return err
		}
		lane := out.Lanes["1"]
		for _, r := range lane.Results {
			if r.Outcome != models.Applied {
				return fmt.Errorf("a message was not taken: %s", r.Code)
			}
		}
		if lane.Next != queue.First+uint64(n) {
			return fmt.Errorf("of %d messages %d were taken: %s", n, len(lane.Results), lane.Code)
		}
		p.num, texts = lane.Next-1, texts[n:]
		if out.Page != nil && !out.Page.More {
			p.token = out.Page.T
		}
	}
	return nil
}

// liveRequest asks for the phone's stream.
func (p *phone) liveRequest() []byte {
	headers := []header{{"Authorization", "Bearer " + p.access}, {"Accept", "text/event-stream"}}
	if p.token != "" {
		headers = append(headers, header{"Last-Event-ID", p.token})
	}
	return request(nil, http.MethodGet, p.address, "/v1/live?window="+strconv.Itoa(wire.DefaultWindow), nil, headers...)
}
