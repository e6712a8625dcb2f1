package push_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// TestGuardOrder: while a provider calls everybody dead, it is asked for devices first that it never said so of. One of them
// that is well proves it right, and everybody's rings go on; the dead ones would prove nothing, however urgent their rings.
func TestGuardOrder(t *testing.T) {
	t.Parallel()
	posts := map[string]func(r *rig, from models.UserID){
		"messages":    func(r *rig, from models.UserID) { r.post(from, r.chat, "hello") },
		"emergencies": func(r *rig, from models.UserID) { r.urgent(from, r.chat) },
	}
	for dead, toDead := range posts {
		for well, toWell := range posts {
			bubble(t, "R44 behind "+dead+" to sixty dead phones "+well+" to one that is well are the next probe", func(t *testing.T, r *rig) {
				phones := append(r.phones(60), r.phone, r.tablet)
				r.away()
				r.ringAll()
				r.failing(wrongTopic, phones...)
				toDead(r, r.omar)
				r.pass(4 * time.Minute) // until each was asked for
				if r.breaker("refused") != 1 {
					t.Fatal("the guard did not shut")
				}
				r.provider.forget()
				toWell(r, r.olga)
				r.pass(6 * time.Second)
				r.want(r.omars, 1)
				if r.breaker("refused") != 0 {
					t.Error("it was taken, and still all waits")
				}
				if got := r.alive(phones); got != len(phones) {
					t.Errorf("%d of %d addresses are left", got, len(phones))
				}
			})
		}
	}
	bubble(t, "R44 as soon as the mistake is mended, whoever is asked for, all rings go on", func(t *testing.T, r *rig) {
		phones := append(r.phones(60), r.phone, r.tablet)
		r.away()
		r.provider.answers(wrongTopic)
		r.urgent(r.omar, r.chat)
		r.pass(3 * time.Minute)
		r.provider.forget()
		r.provider.answers(push.Result{Outcome: push.Accepted, Status: 200})
		r.pass(90 * time.Second)
		rang := 0
		for _, d := range phones {
			rang += min(1, len(r.provider.to(d)))
		}
		if want := len(phones) - 20; rang < want { // those before it was seen
			t.Errorf("%d of %d rang, want at least %d", rang, len(phones), want)
		}
	})
}
