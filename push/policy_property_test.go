package push_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/push"
)

// forbids is the order in which a ring is forbidden, written a second time: the first line that holds is the reason.
var forbids = []struct {
	reason push.Reason
	holds  func(push.Facts) bool
}{
	{push.Revoked, func(f push.Facts) bool { return !f.Bound }},
	{push.OwnDevice, func(f push.Facts) bool { return f.SendingDevice == f.Device }},
	{push.ByAuthor, func(f push.Facts) bool { return f.Author == f.User }},
	{push.Withdrawn, func(f push.Facts) bool { return f.Withdrawn }},
	{push.HasAcknowledged, func(f push.Facts) bool { return f.Acknowledged }},
	{push.NotAMember, func(f push.Facts) bool { return !f.Member }},
	{push.InByRole, func(f push.Facts) bool { return f.ByRole && f.Class != push.Emergency }},
	{push.HasRead, func(f push.Facts) bool { return f.Read && (f.Class == push.Quiet || f.Class == push.Message) }},
	{push.HasExpired, func(f push.Facts) bool { return !f.Expires.IsZero() && !f.Expires.After(f.Now) }},
	{push.IsMuted, func(f push.Facts) bool { return f.Muted && (f.Class == push.Quiet || f.Class == push.Message) }},
	{push.IsOffDuty, func(f push.Facts) bool { return f.OffDuty == models.OffDutyHold && f.Class == push.Message }},
	{push.ForegroundConfirmed, func(f push.Facts) bool {
		looking := f.Presence.State == models.Foreground
		return looking && f.Class == push.Quiet || (looking || f.Looked) && f.Presence.Confirmed >= f.Seq
	}},
	{push.NoAddress, func(f push.Facts) bool { return !f.HasAddress }},
	{push.NotAllowed, func(f push.Facts) bool { return f.Denied && f.Class != push.Quiet }},
	{push.Aged, func(f push.Facts) bool {
		days := int(f.Now.Sub(f.Seen).Hours() / 24)
		return !f.Seen.IsZero() && (f.Class == push.Quiet && days >= 30 || f.Class == push.Message && days >= 60)
	}},
}

func anyFacts(r *rapid.T) push.Facts {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seldom := func(name string) bool { return rapid.IntRange(0, 7).Draw(r, name) == 0 }
	around := func(name string) time.Time {
		return now.Add(time.Duration(rapid.IntRange(-20, 20).Draw(r, name)) * time.Second)
	}
	f := push.Facts{
		Class: push.Class(rapid.IntRange(int(push.Quiet), int(push.Emergency)).Draw(r, "class")), Seq: 10, Now: now,
		Noticed: around("noticed"), User: models.UserID{1}, Device: models.DeviceID{1},
		Author: models.UserID{2}, SendingDevice: models.DeviceID{2},
		Bound: !seldom("shut out"), Member: !seldom("not in"), ByRole: seldom("by role"), Read: seldom("read"),
		Acknowledged: seldom("acknowledged"), Withdrawn: seldom("withdrawn"), Muted: seldom("muted"), HasAddress: !seldom("no address"),
		OffDuty: rapid.SampledFrom([]models.OffDutyPush{"", "", models.OffDutyRing, models.OffDutyPassive, models.OffDutyHold}).Draw(r, "off duty"),
		Presence: wire.DevicePresence{
			State:   rapid.SampledFrom([]models.PresenceState{models.Foreground, models.Background, models.Offline}).Draw(r, "state"),
			Certain: !seldom("uncertain"), Confirmed: record.Seq(rapid.IntRange(8, 11).Draw(r, "confirmed")),
		},
		Looked: seldom("looked"), Patience: 8 * time.Second,
	}
	if seldom("expires") {
		f.Expires = around("expiry")
	}
	f.Denied = seldom("denied")
	if seldom("seen") {
		f.Seen = now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(r, "days")) * 24 * time.Hour)
	}
	if seldom("elsewhere") {
		f.Elsewhere = around("until")
	}
	if seldom("own") {
		f.Author = f.User
	}
	if seldom("own device") {
		f.SendingDevice = f.Device
	}
	return f
}

// Whatever the facts are, the first rule that forbids a ring is the reason, and only where none does it rings or waits.
func TestPrecedenceOfRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := anyFacts(r)
		v := push.Decide(f)
		for _, rule := range forbids {
			if !rule.holds(f) {
				continue
			}
			if v.Decision != push.Suppress || v.Reason != rule.reason {
				r.Fatalf("got %s %s, want it suppressed as %s", v.Decision, v.Reason, rule.reason)
			}
			return
		}
		if v.Decision == push.Suppress {
			r.Fatalf("suppressed as %s, and no rule says so", v.Reason)
		}
	})
}

// Nothing that people or agencies choose keeps an emergency back, silences it, or makes it wait for another device.
func TestNothingChosenHoldsAnEmergency(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := anyFacts(r)
		f.Class = push.Emergency
		got := push.Decide(f)
		plain := f
		plain.Muted, plain.OffDuty, plain.Elsewhere, plain.Read, plain.ByRole = false, "", time.Time{}, false, false
		want := push.Decide(plain)
		if got.Decision != want.Decision || got.Reason != want.Reason || got.At != want.At || got.Passive {
			r.Fatalf("got %+v, want %+v as without mute, duty and other devices", got, want)
		}
		overrides := got.Decision == push.Push && (f.Muted || f.OffDuty == models.OffDutyPassive || f.OffDuty == models.OffDutyHold)
		if (got.Ground.Overrode != "") != overrides {
			r.Fatalf("got overrode %q of %+v", got.Ground.Overrode, f)
		}
	})
}

// A wait is for a later time, and each ends: asked again whenever it says, a ring is decided within three times.
func TestWaitsEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := anyFacts(r)
		f.Expires = time.Time{}
		for range 3 {
			v := push.Decide(f)
			if v.Decision != push.Wait {
				if !v.At.IsZero() {
					r.Fatalf("decided, and to be decided again at %v", v.At)
				}
				return
			}
			if !v.At.After(f.Now) || v.At.Sub(f.Now) > 30*time.Second {
				r.Fatalf("waits from %v until %v", f.Now, v.At)
			}
			f.Now = v.At
		}
		r.Fatal("still waits")
	})
}
