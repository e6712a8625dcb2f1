package tap_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/replay/judge"
	"officermobile/replay/tap"
)

func id[T ~[16]byte](n byte) T { return T{0: 1, 6: 0x70, 8: 0x80, 15: n} }

// position makes a store take a position with some content.
func position(t *testing.T, st client.Store, token string, c client.Change) {
	t.Helper()
	c.Meta = &client.Meta{Device: id[models.DeviceID](1), Token: token}
	if err := st.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	w := tap.New()
	st := w.Store(client.NewMemory())
	talk := id[models.ConversationID](2)
	sc, self := models.ConversationScope(talk), models.SelfScope(id[models.UserID](3))
	task := []byte(`{"dispatch":"","assignee":"` + id[models.UserID](3).String() + `","status":"assigned","moved":0}`)
	position(t, st, "a", client.Change{})
	position(t, st, "b", client.Change{Messages: map[models.Scope][]wire.Message{sc: {{N: 1}, {N: 2}}}})
	position(t, st, "b", client.Change{Messages: map[models.Scope][]wire.Message{sc: {{N: 9}}}}) // the same position: nothing new
	position(t, st, "c", client.Change{PutRows: []client.Row{
		{Key: client.Key{Scope: self, Kind: models.RowInvitation, ID: id[record.UUID](4).String()}},
		{Key: client.Key{Scope: sc, Kind: models.RowInvitation, ID: id[record.UUID](5).String()}},
		{Key: client.Key{Scope: self, Kind: models.RowTask, ID: id[record.UUID](6).String()}, Data: task},
	}})
	position(t, st, "d", client.Change{Messages: map[models.Scope][]wire.Message{sc: {{N: 7}}}})

	for n, want := range map[uint32]int{1: 1, 2: 1, 3: 3, 7: 3, 8: judge.Never} {
		if got, _ := w.HasRow(talk, n); got != want {
			t.Errorf("row %d: got position %d, want %d", n, got, want)
		}
	}
	things := map[tap.Thing]int{
		{Kind: models.RowInvitation, ID: id[record.UUID](4)}:                       2,
		{Kind: models.RowInvitation, ID: id[record.UUID](5)}:                       judge.Never, // somebody else's
		{Kind: models.RowTask, ID: id[record.UUID](6), User: id[models.UserID](3)}: 2,
		{Kind: models.RowTask, ID: id[record.UUID](6), User: id[models.UserID](9)}: judge.Never,
	}
	for thing, want := range things {
		if got, _ := w.Has(thing); got != want {
			t.Errorf("%v: got position %d, want %d", thing, got, want)
		}
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	w := tap.New()
	st := w.Store(client.NewMemory())
	entry := func(num uint64, o models.Outcome) client.Entry {
		return client.Entry{EntryKey: client.EntryKey{Lane: 1, Num: num}, ID: id[models.CommandID](byte(num)), Type: "mark.read", Outcome: o}
	}
	position(t, st, "a", client.Change{PutEntries: []client.Entry{entry(1, ""), entry(2, ""), entry(3, ""), entry(4, "")}})
	if got, want := w.Undecided(), 4; got != want {
		t.Errorf("undecided: got %d, want %d", got, want)
	}
	commits := []client.Change{
		{PutEntries: []client.Entry{entry(1, models.Applied)}},
		{DeleteEntries: []client.EntryKey{{Lane: 1, Num: 2}, {Lane: 1, Num: 3}}, AddRefused: []client.Entry{entry(3, models.Rejected)}},
		{DeleteEntries: []client.EntryKey{{Lane: 1, Num: 1}}},
	}
	for _, c := range commits {
		if err := st.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	want := []models.Outcome{models.Applied, models.Applied, models.Rejected, ""}
	for i, c := range w.Commands() {
		if c.Outcome != want[i] || c.Num != uint64(i+1) || c.Device != id[models.DeviceID](1) {
			t.Errorf("command %d: got %+v, want outcome %q", i+1, c, want[i])
		}
	}
}

func TestExchanges(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), "refuse"):
			w.WriteHeader(http.StatusUnauthorized)
		case strings.Contains(string(body), "vanish"):
			nc, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = nc.Close()
		}
	}))
	defer server.Close()
	w := tap.New()
	position(t, w.Store(client.NewMemory()), "one", client.Change{})
	http1 := &http.Transport{DialContext: w.Dialer(new(net.Dialer).DialContext)}
	defer http1.CloseIdleConnections()
	c := &http.Client{Transport: w.Transport(http1)}
	post := func(body string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/sync", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	}
	post(`{"schema":1}`)
	post(`{"t":"one","presence":{"state":"foreground","report":7}}`)
	post(`{"t":"page-of-a-pass","presence":{"state":"background","report":8}}`)
	post(`{"t":"refuse"}`)
	post(`{"t":"vanish"}`)
	want := []judge.Exchange{
		{OK: true, Position: judge.Never},
		{OK: true, Position: 0, State: models.Foreground, Report: 7},
		{OK: true, Position: 0, State: models.Background, Report: 8},
		{Refused: true, Position: 0},
		{Position: 0},
	}
	got := w.Exchanges()
	if len(got) != len(want) {
		t.Fatalf("got %d exchanges, want %d", len(got), len(want))
	}
	for i, x := range got {
		answered := x.OK || x.Refused
		if x.Arrived.IsZero() || x.Answered.IsZero() == answered || answered && x.Answered.Before(x.Arrived) {
			t.Errorf("%d: got times %v and %v", i, x.Arrived, x.Answered)
		}
		x.Arrived, x.Answered = want[i].Arrived, want[i].Answered
		if x != want[i] {
			t.Errorf("%d: got %+v, want %+v", i, x, want[i])
		}
	}
}
