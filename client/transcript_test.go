package client_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"officermobile/client"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var update = flag.Bool("update", false, "write docs/transcripts anew")

const transcripts = "../docs/transcripts"

// transcript is a file of docs/transcripts: a part of a phone's day, with all that goes over the network. docs/PROTOCOL.md
// tells native developers how to replay it.
type transcript struct {
	Title     string      `json:"title"`
	About     string      `json:"about"`
	Exchanges []*exchange `json:"exchanges"`
}

// exchange is a request and its answer. Opaque strings (tokens) stand as TOKEN-1, ACCESS-1, REFRESH-1 and so on.
type exchange struct {
	Say     string `json:"say,omitzero"`
	Request sent   `json:"request"`
	Answer  got    `json:"answer"`
}

type sent struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers,omitzero"`
	Body    jsontext.Value    `json:"body,omitzero"`
}

type got struct {
	Lost    bool              `json:"lost,omitzero"` // the phone never saw it
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitzero"`
	Body    jsontext.Value    `json:"body,omitzero"`
	Events  []sseEvent        `json:"events,omitzero"`
}

// sseEvent is an event of a stream: how many milliseconds after its beginning it came, and behind how many of the
// chapter's requests, for one may be what brought it about.
type sseEvent struct {
	AfterMS int64          `json:"after_ms"`
	Behind  int            `json:"behind"`
	ID      string         `json:"id,omitzero"`
	Event   string         `json:"event"`
	Data    jsontext.Value `json:"data"`
}

// TestTranscriptsAreTrue lives the day with a real server and compares what went over the network with the files.
func TestTranscriptsAreTrue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStation(t)
		rec := &recorder{server: w.handler, names: names{}}
		live(t, w, rec)
		for i, c := range chapters {
			wantTranscript(t, filepath.Join(transcripts, c.file), rec.chapters[i])
		}
	})
}

// TestClientLivesTheTranscripts gives the reference client the files' answers: it must ask what stands in them. A native
// client's tests can do the same.
func TestClientLivesTheTranscripts(t *testing.T) {
	t.Parallel()
	var all []transcript
	for _, c := range chapters {
		all = append(all, readTranscript(t, filepath.Join(transcripts, c.file)))
	}
	synctest.Test(t, func(t *testing.T) {
		p := &player{t: t, chapters: all}
		live(t, nil, p)
		p.finished()
	})
}

// TestPlayerFindsDeviations: the comparison would be worth nothing if it passed whatever the client asked.
func TestPlayerFindsDeviations(t *testing.T) {
	t.Parallel()
	want := sent{Method: "POST", Path: "/v1/sync", Headers: map[string]string{"Authorization": "Bearer ACCESS-1"}, Body: jsontext.Value(`{"a":1,"b":2}`)}
	same := want
	same.Body = jsontext.Value(`{ "b": 2, "a": 1 }`)
	if got := deviation(want, same); got != "" {
		t.Errorf("another order of names: %s", got)
	}
	for _, change := range []func(*sent){
		func(s *sent) { s.Method = "GET" }, func(s *sent) { s.Path = "/v1/live" }, func(s *sent) { s.Headers = nil },
		func(s *sent) { s.Body = jsontext.Value(`{"a":1}`) }, func(s *sent) { s.Body = nil },
	} {
		other := want
		change(&other)
		if deviation(want, other) == "" {
			t.Errorf("not found: %+v", other)
		}
	}
}

// live runs the day on one phone. Without a station its answers come from the transcripts.
func live(t *testing.T, w *station, net line) {
	d := &day{t: t, w: w, net: net, clock: officeTime()}
	d.phone = must(client.New(t.Context(), client.Config{
		BaseURL: "https://station.example", HTTP: httpTo(net), Store: client.NewMemory(), Clock: d.clock, Rand: dice(1),
		Name: "Amy's phone", Class: "phone", Platform: "ios",
	}))(t)
	for _, c := range chapters {
		net.chapter(c)
		c.live(d)
	}
}

func wantTranscript(t *testing.T, path string, tr transcript) {
	t.Helper()
	raw, err := json.Marshal(tr, json.Deterministic(true), jsontext.WithIndent(" "), jsontext.PreserveRawStrings(true))
	if err != nil {
		t.Fatal(err)
	}
	raw = append(raw, '\n')
	if *update {
		if err := os.MkdirAll(transcripts, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if canonical(committed) != canonical(raw) {
		t.Errorf("%s is not what happens: run go test ./client -run TestTranscriptsAreTrue -update and look at the difference", path)
	}
}

func readTranscript(t *testing.T, path string) transcript {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var tr transcript
	if err := json.Unmarshal(raw, &tr); err != nil {
		t.Fatal(err)
	}
	return tr
}

// run keeps the phone's owner going until the returned function is called.
func run(t *testing.T, d *client.Device) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.Run(ctx)
	}()
	return func() { cancel(); <-done }
}
