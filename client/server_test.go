package client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	agency = id[models.AgencyID](1)
	amy    = id[models.UserID](2)
	room   = id[models.ConversationID](3)
)

// request is a request as the server saw it.
type request struct {
	path   string
	header http.Header
	sync   wire.SyncRequest
	at     time.Time
}

type (
	syncAnswer = wire.SyncAnswer[jsontext.Value]
	page       = wire.Page[jsontext.Value]
)

// server is a scripted one: an http.RoundTripper, so that a synctest bubble holds all of it.
type server struct {
	mu       sync.Mutex
	requests []request

	signIn func(body []byte) (int, string)
	sync   func(wire.SyncRequest) (int, syncAnswer)
	repair func(wire.RepairRequest) page
	live   func(ctx context.Context, token string, w io.Writer) // nil: 503
	tokens int
}

// RoundTrip answers one request.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	req := request{path: r.URL.Path, header: r.Header, at: time.Now()}
	if r.URL.Path == "/v1/sync" {
		if err := models.DecodeStrict(body, &req.sync); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	switch r.URL.Path {
	case "/v1/sign-in":
		status, text := http.StatusOK, fmt.Sprintf(`{"access":"a0","refresh":"r0","expires_in_s":600,"user_id":%q}`, amy)
		if s.signIn != nil {
			status, text = s.signIn(body)
		}
		return respond(status, []byte(text)), nil
	case "/v1/sync":
		status, answer := s.sync(req.sync)
		raw, err := json.Marshal(answer)
		if err == nil && r.Context().Err() != nil {
			err = r.Context().Err()
		}
		return respond(status, raw), err
	case "/v1/sync/repair":
		var in wire.RepairRequest
		if err := models.DecodeStrict(body, &in); err != nil {
			return nil, err
		}
		raw, err := json.Marshal(s.repair(in))
		return respond(http.StatusOK, raw), err
	case "/v1/live":
		return s.stream(r), nil
	}
	return respond(http.StatusNotFound, []byte(`{"code":"not_found"}`)), nil
}

func respond(status int, body []byte) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}
}

func (s *server) stream(r *http.Request) *http.Response {
	if s.live == nil {
		return respond(http.StatusServiceUnavailable, []byte(`{"code":"too_many_streams"}`))
	}
	out, in := io.Pipe()
	stop := context.AfterFunc(r.Context(), func() { out.CloseWithError(r.Context().Err()) })
	go func() {
		s.live(r.Context(), r.Header.Get("Last-Event-ID"), in)
		stop()
		in.Close()
	}()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: out}
}

func (s *server) seen(path string) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []request
	for _, r := range s.requests {
		if r.path == path {
			found = append(found, r)
		}
	}
	return found
}

// token is a new one: like the real ones, no two are equal.
func (s *server) token(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens++
	return fmt.Sprintf("%s.%d", name, s.tokens)
}

// empty answers that nothing has changed.
func (s *server) empty(wire.SyncRequest) (int, syncAnswer) {
	return http.StatusOK, syncAnswer{Page: &page{T: s.token("t")}}
}

func frame(w io.Writer, name, id string, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "id: %s\nevent: %s\ndata: %s\n\n", id, name, raw)
}

func item(kind models.RowKind, name string, rev uint32, data string) client.Item {
	return client.Item{Scope: models.ConversationScope(room), Kind: kind, ID: name, Rev: rev, Data: jsontext.Value(data)}
}

func messages(run ...wire.Message) client.Item {
	raw, err := json.Marshal(wire.Messages(run))
	if err != nil {
		panic(err)
	}
	return client.Item{Scope: models.ConversationScope(room), Kind: models.RowMessages, Data: raw}
}

// device opens a device on a store, at a server.
func device(t *testing.T, s *server, store client.Store) *client.Device {
	t.Helper()
	d, err := client.New(t.Context(), client.Config{
		BaseURL: "http://server", HTTP: &http.Client{Transport: s}, Store: store, Name: "Amy's", Class: "phone", Platform: "ios",
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// signedIn is a device with a session and an empty first pass behind it.
func signedIn(t *testing.T, s *server, store client.Store) *client.Device {
	t.Helper()
	if s.sync == nil {
		s.sync = s.empty
	}
	d := device(t, s, store)
	if err := d.SignIn(t.Context(), agency, "amy", "secret"); err != nil {
		t.Fatal(err)
	}
	return d
}

func post(d *client.Device, text string) *models.MessagePost {
	return &models.MessagePost{ConversationID: room, ID: client.Mint[models.MessageID](d), Text: text}
}

func texts(t *testing.T, d *client.Device) string {
	t.Helper()
	all := []string{}
	for _, m := range must(d.Messages(t.Context(), room))(t) {
		text := m.Text
		if m.Pending {
			text += "?"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func httpTo(rt http.RoundTripper) *http.Client { return &http.Client{Transport: rt} }
