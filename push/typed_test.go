package push_test

import (
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

func TestTypedWords(t *testing.T) {
	t.Parallel()
	for setting, typed := range map[string]bool{"null": false, `"typed"`: true} {
		bubble(t, "words tell classes apart if the agency says "+setting, func(t *testing.T, r *rig) {
			r.do(r.ada, &models.AgencyChange{Settings: models.SettingsPatch(`{"push_words":` + setting + `}`)})
			r.away()
			r.invites()
			r.urgent(r.omar, r.chat)
			r.pass(10 * time.Second)
			got := r.provider.to(r.phone)
			if len(got) != 2 {
				t.Fatalf("%d rings, want an invitation and something urgent", len(got))
			}
			for _, n := range got {
				if n.Typed != typed {
					t.Errorf("%s: typed %t, want %t", n.Class, n.Typed, typed)
				}
			}
		})
	}
	for class, want := range map[push.Class][2]string{
		push.Message: {"N_MSG", "N_MSG"}, push.Invite: {"N_MSG", "N_INV"}, push.Emergency: {"N_MSG", "N_EMG"},
	} {
		for i, typed := range []bool{false, true} {
			r, err := push.BuildAPNs(note(func(n *push.Notification) { n.Class, n.Typed, n.Address = class, typed, iphone }))
			if err != nil || !strings.Contains(string(r.Body), `"loc-key":"`+want[i]+`"`) {
				t.Errorf("%s, typed %t: %s, %v, want %s", class, typed, r.Body, err, want[i])
			}
		}
	}
}
