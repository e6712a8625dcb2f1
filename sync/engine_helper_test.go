package sync_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
	"officermobile/store/sqlite"
	"officermobile/sync"
)

// The test agency: user 0 administers it, the others are officers; each has a phone, and all are in one conversation.
const people = 10

func uuid(kind byte, n int) record.UUID {
	u := record.UUID{0: 1, 1: kind, 6: 0x70, 8: 0x80}
	binary.BigEndian.PutUint32(u[12:], uint32(n))
	return u
}

func personID(i int) models.UserID                 { return models.UserID(uuid(1, i)) }
func phoneID(i int) models.DeviceID                { return models.DeviceID(uuid(2, i)) }
func roomID(i int) models.ConversationID           { return models.ConversationID(uuid(3, i)) }
func messageID(n int) models.MessageID             { return models.MessageID(uuid(4, n)) }
func commandID(n int) models.CommandID             { return models.CommandID(uuid(5, n)) }
func agencyID(n int) models.AgencyID               { return models.AgencyID(uuid(6, n)) }
func bySystem(b models.CommandBody) models.Command { return models.Command{Body: b} }

// openStore opens a database that lives as long as the test.
func openStore(t testing.TB) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// openNode opens the agencies of a node that lives as long as the test.
func openNode(t testing.TB, st store.Store, opts sync.Options) *sync.Agencies {
	t.Helper()
	a, err := sync.Open(t.Context(), st, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(canceled()) })
	return a
}

// found creates the test agency with its people and conversations.
func foundAgency(t testing.TB, a *sync.Agencies, rooms int) *sync.Agency {
	t.Helper()
	g, err := a.Create(t.Context(), models.AgencyCreate{ID: agencyID(1), Name: "Campus Police", TimeZone: "America/Chicago"})
	if err != nil {
		t.Fatal(err)
	}
	var cmds []models.Command
	for i := range people {
		types := models.Officer
		if i == 0 {
			types = models.Administrator
		}
		cmds = append(cmds, bySystem(&models.UserCreate{ID: personID(i), Username: fmt.Sprintf("user%d", i), Name: "A Name", Types: types, Active: true}))
	}
	for i := range people {
		cmds = append(cmds, models.Command{Actor: personID(i), Device: phoneID(i), Body: &models.DeviceRegister{Name: "Phone", Class: "phone", Platform: "ios"}})
	}
	for i := range rooms {
		c := &models.ConversationCreate{ID: roomID(i), Title: fmt.Sprintf("Room %d", i)}
		for k := 1; k < people; k++ {
			c.Invitees = append(c.Invitees, personID(k))
		}
		cmds = append(cmds, models.Command{Actor: personID(0), Body: c})
	}
	mustSubmit(t, g, cmds...)
	var accept []models.Command
	g.View(func(s *models.State) {
		for _, row := range allInvitations(s) {
			accept = append(accept, models.Command{Actor: row.Invitee, Body: &models.Accept{InvitationID: row.ID}})
		}
	})
	mustSubmit(t, g, accept...)
	return g
}

// allInvitations are those that wait for the officers.
func allInvitations(s *models.State) []*models.Invitation {
	var all []*models.Invitation
	for i := range people {
		for _, row := range s.Live(models.SelfScope(personID(i))) {
			if row.Kind == models.RowInvitation {
				all = append(all, s.Invitation(models.InvitationID(row.ID)))
			}
		}
	}
	return all
}

// must submits commands that can't be refused.
func mustSubmit(t testing.TB, g *sync.Agency, cmds ...models.Command) []sync.Answer {
	t.Helper()
	answers := g.Submit(t.Context(), cmds)
	for i, a := range answers {
		if a.Err != nil || a.Result.Outcome != "" && a.Result.Outcome != models.Applied {
			t.Fatalf("%s: got %+v", cmds[i].Body.CommandType(), a)
		}
	}
	return answers
}

// post is a numbered message of a phone.
func message(i int, num uint64, message int) models.Command {
	return models.Command{
		Actor: personID(i), Device: phoneID(i), Lane: models.LaneRoutine, Num: num, ID: commandID(message),
		Body: &models.MessagePost{ConversationID: roomID(0), ID: messageID(message), Text: fmt.Sprintf("message %d", message)},
	}
}

// digest is the state's, with its position.
func stateDigest(t testing.TB, g *sync.Agency) (d record.Hash, seq record.Seq) {
	t.Helper()
	g.View(func(s *models.State) {
		var err error
		if d, err = s.Digest(); err != nil {
			t.Error(err)
		}
		seq = s.Seq
	})
	return d, seq
}

// elapse lets time pass, under testing/synctest.
func elapse(d time.Duration) { <-time.After(d) }
