package push_test

import (
	"errors"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/push"
)

// fetch is what a device gets for a notification with its token.
func (r *rig) fetch(token string, id record.UUID) (doorbell.Preview, error) {
	agency, device, user, err := r.push.Fetcher(r.t.Context(), token)
	if err != nil {
		return doorbell.Preview{}, err
	}
	return r.push.Preview(r.t.Context(), agency, device, user, id)
}

// group makes a conversation of several, who are all in.
func (r *rig) group(id models.ConversationID, creator models.UserID, others ...models.UserID) {
	r.t.Helper()
	for _, e := range r.do(creator, &models.ConversationCreate{ID: id, Title: "night", Invitees: others}) {
		if sent, ok := e.Body.(*models.InvitationSent); ok {
			r.do(sent.Invitee, &models.Accept{InvitationID: sent.ID})
		}
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	bubble(t, "R13 a device fetches what rang it, whatever it was, and a stranger nothing", func(t *testing.T, r *rig) {
		r.shows(models.ContentFetch)
		keys, others := r.registers(r.phone, nil), r.registers(r.tablet, nil)
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		message := r.rang(r.phone)
		invitation := newID[models.ConversationID](r.world)
		r.do(r.omar, &models.ConversationCreate{ID: invitation, Title: "night shift", Invitees: []models.UserID{r.olga, r.dan}})
		r.pass(time.Minute)
		invited := r.rang(r.phone)
		r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: r.dispatch().ID, Assignee: r.olga})
		r.pass(time.Minute)
		task := r.rang(r.phone)
		r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		urgent := r.rang(r.phone)
		for about, n := range map[string]push.Notification{"message": message, "invitation": invited, "task": task, "urgent_message": urgent} {
			p, err := r.fetch(keys.FetchToken, n.ID)
			if err != nil || p.About != about || p.From+p.Text == "" {
				t.Errorf("%s: got %+v, %v", about, p, err)
			}
			if _, err := r.fetch(others.FetchToken, n.ID); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: another device of the same person got %v", about, err)
			}
		}
		for _, id := range []record.UUID{{}, {1}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, push.ForgedID(r.id(), r.phone, r.tip())} {
			if _, err := r.fetch(keys.FetchToken, id); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("an id that never was: %v", err)
			}
		}
		r.shows(models.ContentNone)
		if _, err := r.fetch(keys.FetchToken, message.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("the agency shows no content: %v", err)
		}
	})
	bubble(t, "R13 who was removed fetches nothing", func(t *testing.T, r *rig) {
		r.shows(models.ContentFetch)
		group := newID[models.ConversationID](r.world)
		r.group(group, r.omar, r.olga, r.dan)
		keys := r.registers(r.phone, nil)
		r.away()
		r.post(r.omar, group, "secret")
		r.pass(time.Minute)
		n := r.rang(r.phone)
		if p, err := r.fetch(keys.FetchToken, n.ID); err != nil || p.Text != "secret" || p.Title != "night" {
			t.Fatalf("got %+v, %v", p, err)
		}
		r.do(r.omar, &models.Remove{ConversationID: group, UserID: r.olga})
		if _, err := r.fetch(keys.FetchToken, n.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("after the removal: %v", err)
		}
	})
	bubble(t, "R13 nor who is not invited any more, and is not in", func(t *testing.T, r *rig) {
		r.shows(models.ContentFetch)
		keys := r.registers(r.phone, nil)
		r.away()
		for name, settle := range map[string]func(models.InvitationID, models.ConversationID){
			"rejected": func(i models.InvitationID, _ models.ConversationID) { r.do(r.olga, &models.Reject{InvitationID: i}) },
			"expired": func(i models.InvitationID, _ models.ConversationID) {
				r.pass(25 * time.Hour)
				r.do(models.UserID{}, &models.Expire{InvitationID: i})
			},
			"accepted and removed": func(i models.InvitationID, c models.ConversationID) {
				r.do(r.olga, &models.Accept{InvitationID: i})
				r.do(r.omar, &models.Remove{ConversationID: c, UserID: r.olga})
			},
		} {
			group, invitation := newID[models.ConversationID](r.world), models.InvitationID{}
			for _, e := range r.do(r.omar, &models.ConversationCreate{ID: group, Title: "night", Invitees: []models.UserID{r.olga, r.dan}}) {
				if sent, ok := e.Body.(*models.InvitationSent); ok && sent.Invitee == r.olga {
					invitation = sent.ID
				}
			}
			r.pass(time.Minute)
			n := r.rang(r.phone)
			if p, err := r.fetch(keys.FetchToken, n.ID); err != nil || p.Title != "night" {
				t.Fatalf("%s: got %+v, %v before", name, p, err)
			}
			settle(invitation, group)
			if p, err := r.fetch(keys.FetchToken, n.ID); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%s: got %+v, %v", name, p, err)
			}
		}
	})
	bubble(t, "R13 nor does a device that is another's now, or shut out", func(t *testing.T, r *rig) {
		r.shows(models.ContentFetch)
		keys := r.registers(r.phone, nil)
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		n := r.rang(r.phone)
		r.from(r.olga, r.phone, &models.DeviceRevoke{DeviceID: r.phone})
		if _, err := r.fetch(keys.FetchToken, n.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "R13 a token is over after its week, when keys are forgotten, and if a byte of it differs", func(t *testing.T, r *rig) {
		keys := r.registers(r.phone, nil)
		for i := range len(keys.FetchToken) {
			forged := []byte(keys.FetchToken)
			forged[i] = 'A' + (forged[i]-'A'+1)%26
			if _, _, _, err := r.push.Fetcher(t.Context(), string(forged)); !errors.Is(err, push.ErrFetchToken) && string(forged) != keys.FetchToken {
				t.Fatalf("with another character %d: %v", i, err)
			}
		}
		r.pass(push.FetchLife - time.Second)
		if _, d, u, err := r.push.Fetcher(t.Context(), keys.FetchToken); err != nil || d != r.phone || u != r.olga {
			t.Errorf("within its week: %v", err)
		}
		fresh := r.registers(r.phone, nil)
		r.pass(time.Second)
		if _, _, _, err := r.push.Fetcher(t.Context(), keys.FetchToken); !errors.Is(err, push.ErrFetchToken) {
			t.Errorf("after its week: %v", err)
		}
		if err := r.push.ForgetKeys(t.Context(), r.id(), r.phone, r.olga); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := r.push.Fetcher(t.Context(), fresh.FetchToken); !errors.Is(err, push.ErrFetchToken) {
			t.Errorf("after the keys were forgotten: %v", err)
		}
	})
}
