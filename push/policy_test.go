package push_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/push"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	noticed := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	looking := wire.DevicePresence{State: models.Foreground, Certain: true, Confirmed: 9}
	user, device, other := models.UserID{1}, models.DeviceID{2}, models.DeviceID{3}
	for _, c := range []struct {
		name     string
		change   func(*push.Facts)
		decision push.Decision
		reason   push.Reason
	}{
		{"looking, has confirmed", func(f *push.Facts) { f.Presence.Confirmed = 10 }, push.Suppress, push.ForegroundConfirmed},
		{"looking, has confirmed more", func(f *push.Facts) { f.Presence.Confirmed = 11 }, push.Suppress, push.ForegroundConfirmed},
		{"looking, confirmed before a restart", func(f *push.Facts) { f.Presence.Confirmed, f.Presence.Certain = 10, false }, push.Suppress, push.ForegroundConfirmed},
		{"looking, still time", func(*push.Facts) {}, push.Wait, push.ForegroundWaiting},
		{"looking, the last instant", func(f *push.Facts) { f.Now = noticed.Add(8*time.Second - 1) }, push.Wait, push.ForegroundWaiting},
		{"looking, too late", func(f *push.Facts) { f.Now = noticed.Add(8 * time.Second) }, push.Push, push.ForegroundUnconfirmed},
		{"not heard since a restart", func(f *push.Facts) { f.Presence.Certain = false }, push.Wait, push.Uncertain},
		{"not heard since a restart, too late", func(f *push.Facts) { f.Presence.Certain, f.Now = false, noticed.Add(8*time.Second) }, push.Push, push.Uncertain},
		{"background", func(f *push.Facts) { f.Presence.State = models.Background }, push.Push, push.InBackground},
		{"background, fetched", func(f *push.Facts) { f.Presence.State, f.Presence.Confirmed = models.Background, 10 }, push.Push, push.InBackground},
		{"background, confirmed while looking", func(f *push.Facts) { f.Presence.State, f.Presence.Confirmed, f.Looked = models.Background, 10, true }, push.Suppress, push.ForegroundConfirmed},
		{"put away unconfirmed", func(f *push.Facts) { f.Presence.State, f.Looked = models.Background, true }, push.Push, push.InBackground},
		{"offline", func(f *push.Facts) { f.Presence.State = models.Offline }, push.Push, push.IsOffline},
		{"never heard", func(f *push.Facts) { f.Presence = wire.DevicePresence{} }, push.Push, push.IsOffline},
		{"no address", func(f *push.Facts) { f.HasAddress, f.Presence.State = false, models.Offline }, push.Suppress, push.NoAddress},
		{"no address, confirmed", func(f *push.Facts) { f.HasAddress, f.Presence.Confirmed = false, 10 }, push.Suppress, push.ForegroundConfirmed},
		{"R6 sending device", func(f *push.Facts) { f.Author, f.SendingDevice = user, device }, push.Suppress, push.OwnDevice},
		{"R6 author's other device", func(f *push.Facts) { f.Author, f.SendingDevice = user, other }, push.Suppress, push.ByAuthor},
		{"R6 author without a device", func(f *push.Facts) { f.Author = user }, push.Suppress, push.ByAuthor},
		{"the system wrote it", func(f *push.Facts) { f.User = models.UserID{} }, push.Wait, push.ForegroundWaiting},
		{"in by role, routine", func(f *push.Facts) { f.ByRole = true }, push.Suppress, push.InByRole},
		{"in by role, urgent", func(f *push.Facts) { f.ByRole, f.Class, f.Presence.State = true, push.Emergency, models.Offline }, push.Push, push.IsOffline},
		{"not in", func(f *push.Facts) { f.Member = false }, push.Suppress, push.NotAMember},
		{"shut out", func(f *push.Facts) { f.Bound, f.Author = false, user }, push.Suppress, push.Revoked},
		{"R5 read", func(f *push.Facts) { f.Read = true }, push.Suppress, push.HasRead},
		{"read, not acknowledged", func(f *push.Facts) { f.Read, f.Class, f.Presence.State = true, push.Emergency, models.Background }, push.Push, push.InBackground},
		{"R11 acknowledged", func(f *push.Facts) { f.Acknowledged, f.Class = true, push.Emergency }, push.Suppress, push.HasAcknowledged},
		{"withdrawn", func(f *push.Facts) { f.Withdrawn, f.Member, f.Class = true, false, push.Invite }, push.Suppress, push.Withdrawn},
		{"R7 muted", func(f *push.Facts) { f.Muted, f.Presence.State = true, models.Offline }, push.Suppress, push.IsMuted},
		{"R7 muted, an invitation", func(f *push.Facts) { f.Muted, f.Class, f.Presence.State = true, push.Invite, models.Offline }, push.Push, push.IsOffline},
		{"R7 muted, urgent", func(f *push.Facts) { f.Muted, f.Class, f.Presence.State = true, push.Emergency, models.Offline }, push.Push, push.IsOffline},
		{"muted and read", func(f *push.Facts) { f.Muted, f.Read = true, true }, push.Suppress, push.HasRead},
		{"R8 off duty, held", func(f *push.Facts) { f.OffDuty, f.Presence.State = models.OffDutyHold, models.Offline }, push.Suppress, push.IsOffDuty},
		{"R8 off duty, held, an invitation", func(f *push.Facts) {
			f.OffDuty, f.Class, f.Presence.State = models.OffDutyHold, push.Invite, models.Offline
		}, push.Push, push.IsOffline},
		{"R8 off duty, silent", func(f *push.Facts) { f.OffDuty, f.Presence.State = models.OffDutyPassive, models.Offline }, push.Push, push.IsOffline},
		{"R8 off duty, urgent", func(f *push.Facts) {
			f.OffDuty, f.Class, f.Presence.State = models.OffDutyHold, push.Emergency, models.Offline
		}, push.Push, push.IsOffline},
		{"muted and off duty", func(f *push.Facts) { f.Muted, f.OffDuty = true, models.OffDutyHold }, push.Suppress, push.IsMuted},
		{"R5 in use elsewhere", func(f *push.Facts) { f.Elsewhere, f.Presence.State = noticed.Add(10*time.Second), models.Background }, push.Wait, push.InUseElsewhere},
		{"R5 in use elsewhere, long enough", func(f *push.Facts) { f.Elsewhere, f.Presence.State = noticed, models.Background }, push.Push, push.InBackground},
		{"in use elsewhere, looking here too", func(f *push.Facts) { f.Elsewhere = noticed.Add(10 * time.Second) }, push.Wait, push.ForegroundWaiting},
		{"R5 in use elsewhere, an invitation", func(f *push.Facts) {
			f.Elsewhere, f.Class, f.Presence.State = noticed.Add(10*time.Second), push.Invite, models.Background
		}, push.Push, push.InBackground},
		{"R19 expired", func(f *push.Facts) { f.Expires = f.Now }, push.Suppress, push.HasExpired},
		{"not yet expired", func(f *push.Facts) { f.Expires = f.Now.Add(1) }, push.Wait, push.ForegroundWaiting},
	} {
		f := push.Facts{
			Class: push.Message, Seq: 10, Now: noticed, Noticed: noticed, Patience: push.DefaultPatience().Message,
			User: user, Device: device, Bound: true, Member: true, HasAddress: true, Presence: looking,
		}
		c.change(&f)
		t.Run(c.name, func(t *testing.T) {
			got := push.Decide(f)
			if got.Decision != c.decision || got.Reason != c.reason {
				t.Errorf("got %s %s, want %s %s", got.Decision, got.Reason, c.decision, c.reason)
			}
			if wait := got.Decision == push.Wait; wait != got.At.After(f.Now) {
				t.Errorf("decide again at %v", got.At)
			}
		})
	}
}
