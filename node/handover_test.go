package node_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store/sqlite"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The tablet of a vehicle, which officers hand to each other.
var (
	tablet    = models.DeviceID{2, 99}
	tabletKey = base64.RawURLEncoding.EncodeToString([]byte("32 bytes that the tablet alone h"))
)

// call is a request with a token, "" for none.
func (s *station) call(token, method, path, body string, answer any) (status int) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Device-Key", tabletKey)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	s.api.ServeHTTP(rec, r)
	if answer != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), answer); err != nil || rec.Code >= 300 {
			s.t.Fatalf("%s %s: got %d %s", method, path, rec.Code, rec.Body)
		}
	}
	return rec.Code
}

// takeOver signs somebody in on the tablet, which becomes theirs.
func (s *station) takeOver(i int) (in struct{ Access, Refresh string }) {
	s.t.Helper()
	body := fmt.Sprintf(`{"agency_id":%q,"username":"user%d","password":"four calm horses at noon","device_id":%q,"device_key":%q,"register":{"name":"Car 7","class":"vehicle","platform":"android"}}`,
		s.agency.String(), i, tablet.String(), tabletKey)
	var raw map[string]jsontext.Value
	s.call("", "POST", "/v1/sign-in", body, &raw)
	for name, to := range map[string]*string{"access": &in.Access, "refresh": &in.Refresh} {
		ok(s.t, json.Unmarshal(raw[name], to))
	}
	return in
}

// say is a sync with a message in the routine lane.
func say(token string, num int, conversation models.ConversationID) string {
	return fmt.Sprintf(`{"schema":1,"t":%q,"lanes":{"1":{"first":%d,"commands":[{"id":%q,"type":"message.post","body":{"conversation_id":%q,"id":%q,"text":"gate %d"}}]}}}`,
		token, num, models.CommandID{8, byte(num)}, conversation, models.MessageID{8, byte(num)}, num)
}

// TestATabletIsHandedOver: the next officer's sign-in ends the first one's session, stream and push before it is answered,
// and leaves nothing of theirs to be read or sent.
func TestATabletIsHandedOver(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), t.TempDir())
	ok(t, err)
	t.Cleanup(func() { ok(t, st.Close()) })
	s := openStation(t, st, nil)
	talk := models.ConversationOf(models.DispatchID{6})
	type syncAnswer = wire.SyncAnswer[jsontext.Value]

	first := s.takeOver(looking)
	if got := s.call(first.Access, "PUT", "/v1/devices/"+tablet.String()+"/address", `{"kind":"fcm_token","token":"the:tablet-of-this-test","app":"org.example"}`, nil); got != http.StatusNoContent {
		t.Fatalf("an address: got %d", got)
	}
	if reach, err := s.push.Reachable(t.Context(), s.agency, tablet); err != nil || !reach {
		t.Fatalf("got %v, %v, want it to ring", reach, err)
	}
	var held syncAnswer
	s.call(first.Access, "POST", "/v1/sync", say("", 1, talk), &held)
	if page, _ := json.Marshal(held.Page); !strings.Contains(string(page), talk.String()) || held.Lanes["1"].Next != 2 {
		t.Fatalf("got %s, want the first to see their dispatch and to write in it", page)
	}
	server := httptest.NewServer(s.api)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/live", nil)
	ok(t, err)
	r.Header.Set("Authorization", "Bearer "+first.Access)
	stream, err := server.Client().Do(r)
	ok(t, err)
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	lines.Scan() // it is open

	second := s.takeOver(farDispatcher)
	if reach, err := s.push.Reachable(t.Context(), s.agency, tablet); err != nil || reach {
		t.Errorf("got %v, %v, want it to ring no more", reach, err)
	}
	if got := s.call(first.Access, "GET", "/v1/me", "", nil); got != http.StatusUnauthorized {
		t.Errorf("the first's token: got %d", got)
	}
	if got := s.call("", "POST", "/v1/renew", fmt.Sprintf(`{"refresh":%q}`, first.Refresh), nil); got != http.StatusUnauthorized {
		t.Errorf("the first's refresh token: got %d", got)
	}
	last := ""
	for lines.Scan() {
		if lines.Text() != "" {
			last = lines.Text()
		}
	}
	if !strings.Contains(last, `"why":"session"`) {
		t.Errorf("the first's stream ended with %q, want a goodbye", last)
	}

	var got syncAnswer // with what the first had left unsent, and their token
	s.call(second.Access, "POST", "/v1/sync", say(held.Page.T, 2, talk), &got)
	lane := got.Lanes["1"]
	if len(lane.Results) != 1 || lane.Results[0].Outcome != models.Rejected || lane.Next != 3 {
		t.Errorf("got %+v, want the first's message refused, and the lane to go on", lane)
	}
	page, err := json.Marshal(got.Page)
	ok(t, err)
	for _, theirs := range []string{talk.String(), models.DispatchID{6}.String(), models.TaskID{7, byte(looking)}.String(), "gate"} {
		if strings.Contains(string(page), theirs) {
			t.Errorf("the second's page has %s", theirs)
		}
	}
	if !got.Page.Full || len(got.Page.Items) == 0 {
		t.Errorf("got %+v, want a full pass", got.Page)
	}
	own := models.ConversationID{8}
	create := fmt.Sprintf(`{"schema":1,"lanes":{"0":{"first":1,"commands":[{"id":%q,"type":"conversation.create","body":{"id":%q,"invitees":[%q]}}]}}}`, models.CommandID{9}, own, person(writer))
	s.call(second.Access, "POST", "/v1/sync", create, &got)
	s.call(second.Access, "POST", "/v1/sync", say("", 3, own), &got)
	if lane := got.Lanes["1"]; len(lane.Results) != 1 || lane.Results[0].Outcome != models.Applied {
		t.Errorf("got %+v, want the second to write on from there", lane)
	}
}
