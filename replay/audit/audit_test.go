package audit_test

import (
	"strings"
	"testing"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/replay/audit"

	"github.com/go-json-experiment/json"
)

func TestReadKeepsRowsAndCommands(t *testing.T) {
	t.Parallel()
	log := world(t).read()
	if len(log.Problems) > 0 {
		t.Errorf("got %q, want no problem", log.Problems)
	}
	if got, want := len(log.Rows[talk]), 4; got != want { // the invitation's notice and three messages
		t.Errorf("rows: got %d, want %d", got, want)
	}
	got := log.Commands[audit.CommandKey{Device: phone, Lane: models.LaneRoutine, Num: 2}]
	if want := (audit.Decided{ID: id[models.CommandID](152), Outcome: models.Applied, Times: 1}); got != want {
		t.Errorf("command: got %+v, want %+v", got, want)
	}
}

func TestReadFindsWhatNoLogMayHave(t *testing.T) {
	t.Parallel()
	again := func(num uint64, command byte) func(*book) {
		return func(b *book) {
			c := ofPhone(models.LaneRoutine, num, &models.ReadUpTo{})
			c.ID = id[models.CommandID](command)
			b.append(c, []models.EventBody{&models.OutcomeNoted{Outcome: models.Rejected}})
		}
	}
	posted := func(n uint32, message byte) func(*book) {
		return func(b *book) {
			b.append(models.Command{Actor: ben}, []models.EventBody{&models.MessagePosted{ID: id[models.MessageID](message), Conversation: talk, N: n, Text: "x"}})
		}
	}
	tests := map[string]struct {
		wrong func(*book)
		want  string
	}{
		"a number used by two commands": {again(3, 77), "was two commands"},
		"a number left out":             {again(9, 77), "follows on none"},
		"a row left out":                {posted(7, 70), "row 7 of a conversation follows on row 4"},
		"a message twice":               {posted(5, 41), "twice"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := world(t)
			test.wrong(b)
			got := b.read().Problems
			if len(got) != 1 || !strings.Contains(got[0], test.want) {
				t.Errorf("got %q, want one with %q", got, test.want)
			}
		})
	}
}

func TestReadRefusesABrokenChain(t *testing.T) {
	t.Parallel()
	b := world(t)
	b.batches[3].Header[40] ^= 1
	read := false
	_, err := audit.Read(func(record.Seq) ([]record.Batch, error) {
		if read {
			return nil, nil
		}
		read = true
		return b.batches, nil
	}, nil)
	if err == nil {
		t.Error("got no error, want one")
	}
}

func TestCheckCommands(t *testing.T) {
	t.Parallel()
	told := func(num uint64, command byte, o models.Outcome) audit.Command {
		return audit.Command{
			CommandKey: audit.CommandKey{Device: phone, Lane: models.LaneRoutine, Num: num}, ID: id[models.CommandID](command),
			Type: "message.post", Outcome: o,
		}
	}
	tests := map[string]struct {
		given audit.Command
		want  string
	}{
		"as it is":                    {told(1, 151, models.Applied), ""},
		"acknowledged, but lost":      {told(9, 159, models.Applied), "is not in the log"},
		"another took its number":     {told(1, 199, models.Applied), "is another command"},
		"unanswered and there":        {told(1, 151, ""), ""},
		"unanswered and not there":    {told(9, 159, ""), ""},
		"told otherwise":              {told(1, 151, models.Rejected), "is applied in the log"},
		"unanswered, its number gone": {told(1, 199, ""), "is another command"},
		"in effect twice":             {told(3, 153, models.Applied), "is in the log 2 times"},
	}
	b := world(t)
	b.append(ofPhone(models.LaneUrgent, 2, &models.ReadUpTo{}), []models.EventBody{&models.OutcomeNoted{Outcome: models.Applied}})
	b.append(ofPhone(models.LaneRoutine, 3, &models.ReadUpTo{}), []models.EventBody{&models.OutcomeNoted{Outcome: models.Applied}})
	log := b.read()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := audit.CheckCommands(log, []audit.Command{test.given})
			if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCompareKnowsWhatIsFromBeforeJoining(t *testing.T) {
	t.Parallel()
	b := world(t)
	b.do(models.Command{Actor: ann, Body: &models.MessagePost{ConversationID: talk, ID: id[models.MessageID](50), Text: "now", Urgent: true}})
	b.do(models.Command{Actor: ann, Body: &models.Invite{ConversationID: talk, Invitees: []models.UserID{eve}}})
	b.do(models.Command{Actor: eve, Body: &models.Accept{InvitationID: b.pendingOf(eve)}})
	st := replica(t, b, eve)
	urgent := client.Key{Scope: models.ConversationScope(talk), Kind: models.RowUrgent, ID: id[models.MessageID](50).String()}
	commit(t, st, client.Change{PutRows: []client.Row{{Key: urgent, Rev: 1, Data: []byte(`{}`)}}})
	got, err := audit.Compare(t.Context(), b.read(), eve, st, 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := 6 + 1; len(got.Extra) != want || len(got.Missing)+len(got.Stale) > 0 { // rows up to the joining, and the urgent one's state
		t.Errorf("got %+v, want %d extra", got, want)
	}
}

// replica is a store that holds what a user may see, as a device that has done a full pass does.
func replica(t *testing.T, b *book, user models.UserID) *client.Memory {
	t.Helper()
	c := client.Change{Messages: map[models.Scope][]wire.Message{}}
	for _, g := range b.state.Grants(user) {
		for _, r := range b.state.Live(g.Scope) {
			if !b.state.Shows(user, g.Scope, r.Row) {
				continue
			}
			data, err := json.Marshal(wire.RowData(b.state, g.Scope, r.Row))
			if err != nil {
				t.Fatal(err)
			}
			c.PutRows = append(c.PutRows, client.Row{Key: client.Key{Scope: g.Scope, Kind: r.Kind, ID: r.ID.String()}, Rev: r.Rev, Data: data})
		}
		if g.Scope.Rank == models.RankConversation {
			c.Messages[g.Scope] = wire.MessagesOf(b.state.Timeline(models.ConversationID(g.Scope.ID)))
		}
	}
	m := client.NewMemory()
	commit(t, m, c)
	return m
}

func commit(t *testing.T, m *client.Memory, c client.Change) {
	t.Helper()
	if err := m.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	sc := models.ConversationScope(talk)
	member := client.Key{Scope: sc, Kind: models.RowMember, ID: ben.String()}
	user := client.Key{Scope: models.DirectoryScope(id[models.AgencyID](1)), Kind: models.RowUser, ID: eve.String()}
	own := client.Key{Scope: sc, Kind: models.RowConversation, ID: talk.String()}
	row := func(k client.Key, rev, from uint32, data string) client.Change {
		return client.Change{PutRows: []client.Row{{Key: k, Rev: rev, FromN: from, Data: []byte(data)}}}
	}
	tests := map[string]struct {
		user                  models.UserID
		change                client.Change
		missing, extra, stale int
	}{
		"all of it":                           {user: ann},
		"nothing for who is not in":           {user: eve},
		"a row is lost":                       {user: ann, change: client.Change{DeleteRows: []client.Key{member}}, missing: 1},
		"a row of a scope that is not theirs": {user: eve, change: row(member, 1, 0, `{}`), extra: 1},
		"a row with another content":          {user: ann, change: row(user, 1, 0, `{"name":"x"}`), stale: 1},
		"a row of an older rev":               {user: ann, change: row(member, 0, 0, `{}`), stale: 1},
		"messages are lost":                   {user: ann, change: client.Change{EraseScope: []models.Scope{sc}}, missing: 4 + 4},
		"a message with another text": {user: ann, change: client.Change{Messages: map[models.Scope][]wire.Message{
			sc: {{N: 2, ID: id[models.MessageID](41), Author: ann, Text: "other"}}}}, stale: 1},
		"a message that never was": {user: ann, change: client.Change{Messages: map[models.Scope][]wire.Message{sc: {{N: 5}}}}, extra: 1},
		"a message of others":      {user: eve, change: client.Change{Messages: map[models.Scope][]wire.Message{sc: {{N: 2}}}}, extra: 1},
		"older than the window":    {user: ann, change: row(own, 1, 3, `{}`), extra: 2, stale: 1},
		"less than the window":     {user: ann, change: row(own, 1, 4, `{}`), extra: 3, stale: 1, missing: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := world(t)
			st := replica(t, b, test.user)
			commit(t, st, test.change)
			got, err := audit.Compare(t.Context(), b.read(), test.user, st, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Missing) != test.missing || len(got.Extra) != test.extra || len(got.Stale) != test.stale || got.Rows == 0 {
				t.Errorf("got %+v, want %d missing, %d extra, %d stale", got, test.missing, test.extra, test.stale)
			}
		})
	}
}
