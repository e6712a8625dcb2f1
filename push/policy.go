package push

import (
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Decision is what shall happen to one device about one thing.
type Decision string

// The decisions. docs/PUSH.md lists them for dispatchers.
const (
	Suppress Decision = "suppress" // this phone does not ring
	Wait     Decision = "wait"     // not yet: the officer may be looking at it
	Push     Decision = "push"     // this phone rings
)

// Reason is why, in words that never change: verdicts keep them for months.
type Reason string

// The reasons.
const (
	OwnDevice             Reason = "own_device"             // it was done on this device
	ByAuthor              Reason = "author"                 // it was done by this officer, on another device
	ForegroundConfirmed   Reason = "foreground_confirmed"   // the device showed it while somebody was looking
	ForegroundWaiting     Reason = "foreground_waiting"     // somebody is looking, the device has yet to confirm
	ForegroundUnconfirmed Reason = "foreground_unconfirmed" // somebody was looking, the device did not confirm in time
	InBackground          Reason = "background"             // nobody is looking
	IsOffline             Reason = "offline"                // the device is not heard
	Uncertain             Reason = "uncertain"              // looking as of before a restart, not heard since
	NoAddress             Reason = "no_address"             // no provider could reach it
	Aged                  Reason = "aged"                   // not heard for so long that only what is urgent is tried
	NotAllowed            Reason = "not_allowed"            // the phone does not let the app show notifications
	InByRole              Reason = "by_role"                // in the conversation by role alone: no routine pushes
	Revoked               Reason = "revoked"                // the device or its user is shut out, or another has it now
	NotAMember            Reason = "not_a_member"           // no longer in the conversation, or it lies before their joining
	HasRead               Reason = "read"                   // read on another device meanwhile
	HasAcknowledged       Reason = "acknowledged"           // acknowledged, answered or started meanwhile
	Withdrawn             Reason = "withdrawn"              // the invitation was cancelled, the task was taken back
	IsMuted               Reason = "muted"                  // this person wants no rings about the conversation
	IsOffDuty             Reason = "off_duty"               // this officer is off duty, and the agency holds messages until they are on
	InUseElsewhere        Reason = "elsewhere"              // another device of this person is in use, and the agency lets this one wait
	IsTest                Reason = "test"                   // somebody wants to see that the device rings
	HasExpired            Reason = "expired"                // too late to be worth a ring
	NoDevice              Reason = "no_device"              // a recipient without any device; only when asked
	NotThere              Reason = "not_there"              // the device was not the recipient's then; only when asked
	NotKept               Reason = "not_kept"               // older than what is kept; only when asked
)

// Facts are all that a decision rests on.
type Facts struct {
	Class   Class
	Seq     record.Seq // of the newest event that the ring would be about
	Now     time.Time
	Noticed time.Time // when the wait for a confirmation began
	Expires time.Time // zero for never

	User          models.UserID
	Device        models.DeviceID
	Author        models.UserID   // zero: the system
	SendingDevice models.DeviceID // zero: a console or integration

	Bound        bool // the device is User's, and neither is shut out
	Member       bool // User may see it as of now
	ByRole       bool // by role alone
	Read         bool
	Acknowledged bool // or answered, or started
	Withdrawn    bool
	Muted        bool // the conversation, by User
	HasAddress   bool
	Denied       bool               // the phone does not let the app show notifications
	Seen         time.Time          // when the device was heard last, as the address knows; zero: unknown
	OffDuty      models.OffDutyPush // the agency's setting, of an officer off duty; else empty
	Test         bool               // somebody wants to see that the device rings, whatever it is doing

	Presence  wire.DevicePresence
	Looked    bool          // somebody was looking when it was noticed: a confirmation counts even if the phone was put away since
	Patience  time.Duration // how long a device in the foreground has to confirm
	Elsewhere time.Time     // until when another device of User is given time; zero for none
}

// Verdict is what was decided, and why.
type Verdict struct {
	Decision Decision
	Reason   Reason
	At       time.Time // of a Wait: when to decide again
	Passive  bool      // of a Push: without a sound
	Ground   Ground    // what it stood on
}

// Decide says whether a device rings. It is pure; the first rule that applies decides, and whatever forbids a push
// comes before whatever asks for one.
func Decide(f Facts) Verdict {
	v := f.decide()
	v.Ground = f.ground()
	v.Ground.Until = v.At
	if v.Decision == Push {
		v.Passive = offDuty(f.OffDuty, f.Class) == passive
		v.Ground.Passive, v.Ground.Overrode = v.Passive, f.overrode()
	}
	return v
}

func (f Facts) decide() Verdict {
	if f.Test {
		return f.tested()
	}
	if r := f.forbidden(); r != "" {
		return Verdict{Decision: Suppress, Reason: r}
	}
	looking := f.Presence.State == models.Foreground
	if f.Class == Quiet && looking {
		return Verdict{Decision: Suppress, Reason: ForegroundConfirmed} // the app counts for itself
	}
	if (looking || f.Looked) && f.Presence.Confirmed >= f.Seq {
		return Verdict{Decision: Suppress, Reason: ForegroundConfirmed}
	}
	if !f.HasAddress {
		return Verdict{Decision: Suppress, Reason: NoAddress}
	}
	if f.Denied && f.Class > Quiet {
		return Verdict{Decision: Suppress, Reason: NotAllowed}
	}
	if tooOld(f.Class, f.Seen, f.Now) {
		return Verdict{Decision: Suppress, Reason: Aged}
	}
	v := f.byPresence()
	if v.Decision == Push && f.Class == Message && f.Now.Before(f.Elsewhere) {
		return Verdict{Decision: Wait, Reason: InUseElsewhere, At: f.Elsewhere}
	}
	return v
}

// byPresence is what the device's own presence asks for.
func (f Facts) byPresence() Verdict {
	switch f.Presence.State {
	case models.Foreground:
		return f.patient()
	case models.Background:
		return Verdict{Decision: Push, Reason: InBackground}
	}
	return Verdict{Decision: Push, Reason: IsOffline}
}

// forbidden is why this device must not ring whatever it is doing, or "".
func (f Facts) forbidden() Reason {
	switch {
	case !f.Bound:
		return Revoked
	case !f.SendingDevice.IsZero() && f.SendingDevice == f.Device:
		return OwnDevice
	case !f.Author.IsZero() && f.Author == f.User:
		return ByAuthor
	case f.Withdrawn:
		return Withdrawn
	case f.Acknowledged:
		return HasAcknowledged
	case !f.Member:
		return NotAMember
	case f.ByRole && f.Class < Emergency:
		return InByRole
	case f.Read && f.Class < Invite:
		return HasRead
	case !f.Expires.IsZero() && !f.Now.Before(f.Expires):
		return HasExpired
	case f.Muted && f.Class < Invite:
		return IsMuted
	case offDuty(f.OffDuty, f.Class) == held:
		return IsOffDuty
	}
	return ""
}

// patient gives a device in the foreground its time to confirm.
func (f Facts) patient() Verdict {
	v := Verdict{Decision: Wait, Reason: ForegroundWaiting, At: f.Noticed.Add(f.Patience)}
	if f.Now.Before(v.At) && !setBack(f.Noticed, f.Now) {
		if !f.Presence.Certain {
			v.Reason = Uncertain
		}
		return v
	}
	if !f.Presence.Certain {
		return Verdict{Decision: Push, Reason: Uncertain}
	}
	return Verdict{Decision: Push, Reason: ForegroundUnconfirmed}
}

// Patience is how long a device in the foreground has to confirm, by class.
type Patience struct{ Message, Invite, Emergency time.Duration }

// DefaultPatience: a device confirms within two seconds of a frame, and at once an urgent one. The rest is for a bad
// network, and shorter where the cost of not ringing is greater.
func DefaultPatience() Patience {
	return Patience{Message: 8 * time.Second, Invite: 5 * time.Second, Emergency: 2 * time.Second}
}

func (p Patience) of(c Class) time.Duration {
	switch c {
	case Emergency:
		return p.Emergency
	case Invite:
		return p.Invite
	}
	return p.Message
}
