package push_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// TestVerdictsInWords holds the sentence of every reason against a golden table.
func TestVerdictsInWords(t *testing.T) {
	t.Parallel()
	place, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 8, 10, 9, 0, time.UTC)
	ground := push.Ground{State: models.Foreground, Certain: true, Heard: at.Add(-3 * time.Second), Confirmed: true, Until: at.Add(6 * time.Second)}
	var b strings.Builder
	line := func(v push.VerdictRecord) {
		v.At, v.Ground.Heard, v.Ground.Until = at, ground.Heard, ground.Until
		fmt.Fprintf(&b, "%s %s %s %s: %s\n", v.Decision, v.Reason, v.Outcome, v.Ground.Provider, push.Words(v, place))
	}
	for _, r := range []push.Reason{
		push.OwnDevice, push.ByAuthor, push.ForegroundConfirmed, push.NoAddress, push.Aged, push.NotAllowed, push.InByRole, push.Revoked, push.NotAMember,
		push.HasRead, push.HasAcknowledged, push.Withdrawn, push.IsMuted, push.IsOffDuty, push.HasExpired, push.NoDevice, push.NotThere, push.NotKept, "of_a_later_version",
	} {
		line(push.VerdictRecord{Decision: push.Suppress, Reason: r})
	}
	for _, r := range []push.Reason{push.ForegroundWaiting, push.Uncertain, push.InUseElsewhere} {
		line(push.VerdictRecord{Decision: push.Wait, Reason: r})
	}
	for _, r := range []push.Reason{push.InBackground, push.IsOffline, push.ForegroundUnconfirmed, push.Uncertain, "of_a_later_version"} {
		line(push.VerdictRecord{Decision: push.Push, Reason: r})
		line(push.VerdictRecord{Decision: push.Push, Reason: r, Notification: "n"})
		v := push.VerdictRecord{Decision: push.Push, Reason: r, Notification: "n", Outcome: "accepted", Attempts: 1}
		v.Ground.Provider = push.APNs
		line(v)
	}
	late := push.VerdictRecord{Decision: push.Push, Reason: push.InBackground, Notification: "n", Outcome: "accepted", Attempts: 3}
	late.Ground.Provider = push.FCMFID
	line(late)
	for _, g := range []push.Ground{{Passive: true}, {Overrode: push.IsOffDuty}, {Overrode: push.IsMuted}} {
		v := push.VerdictRecord{Decision: push.Push, Reason: push.InBackground, Notification: "n", Outcome: "accepted", Attempts: 1, Ground: g}
		v.Ground.Provider = push.APNs
		line(v)
	}
	for _, outcome := range []string{"token_dead", "our_bug"} {
		v := push.VerdictRecord{Decision: push.Push, Reason: push.InBackground, Notification: "n", Outcome: outcome, Answer: "Unregistered"}
		v.Ground.Provider = push.APNs
		line(v)
	}
	file := filepath.Join("testdata", "words.golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
