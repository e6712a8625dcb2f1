package push

import (
	"fmt"
	"strings"
	"time"
)

// Words is a verdict as one plain English sentence, with times of day in a place. It is pure, and has words for every
// reason; one that a later version wrote is given as it is.
func Words(v VerdictRecord, place *time.Location) string {
	switch v.Decision {
	case Push:
		return rungWords(v, place)
	case Wait:
		until := "Waiting until " + clockTime(v.Ground.Until, place)
		if v.Reason == InUseElsewhere {
			return until + ", as another device of this person is in use."
		}
		return until + " to see if the device confirms."
	}
	if v.Reason == NotKept {
		return "Not known: what was decided is no longer kept."
	}
	why, ok := silentWords[v.Reason]
	if !ok {
		why = strings.ReplaceAll(string(v.Reason), "_", " ")
	}
	if v.Reason == ForegroundConfirmed && !v.Ground.Heard.IsZero() {
		if ago := v.At.Sub(v.Ground.Heard).Round(time.Second); ago > 0 {
			why += " " + ageWords(ago) + " before"
		}
	}
	if v.Reason == NoAddress && v.Answer != "" {
		why += ": " + v.Answer
	}
	return "Not rung: " + why + "."
}

// silentWords say why a device was not rung.
var silentWords = map[Reason]string{
	OwnDevice:           "it was done on this device",
	ByAuthor:            "it was done by this person, on another device",
	ForegroundConfirmed: "this device had the app open and confirmed",
	NoAddress:           "no push address",
	Aged:                "the device was not heard for so long that only what is urgent is tried",
	NotAllowed:          "this phone does not let the app show notifications",
	InByRole:            "in by role, which gets no push for routine messages",
	Revoked:             "the device or its user was shut out, or the device is another's now",
	NotAMember:          "no longer in the conversation",
	HasRead:             "it was read on another device",
	HasAcknowledged:     "it was acknowledged or answered meanwhile",
	Withdrawn:           "it was withdrawn",
	IsMuted:             "this person has muted the conversation",
	IsOffDuty:           "off duty, and messages do not ring then; the app has them when this officer reports for duty",
	HasExpired:          "it could not be sent while it was worth it",
	NoDevice:            "this person has no device",
	NotThere:            "the device was not this person's at the time",
}

// rungWords say why a device was rung, and what the provider said.
func rungWords(v VerdictRecord, place *time.Location) string {
	why := map[Reason]string{
		ForegroundUnconfirmed: "the app was open, but the device did not confirm in time",
		InBackground:          "in the background",
		IsOffline:             "the device was not heard",
		Uncertain:             "not heard since the server restarted",
		IsTest:                "as a test",
	}[v.Reason]
	if why == "" {
		why = strings.ReplaceAll(string(v.Reason), "_", " ")
	}
	at := clockTime(v.At, place)
	provider := providerNames[v.Ground.Provider]
	if provider == "" {
		provider = "its provider"
	}
	rung := "Rung" + mannerWords(v.Ground)
	switch v.Outcome {
	case "":
		if v.Notification == "" {
			return "About to ring: " + why + "."
		}
		return rung + ": " + why + "."
	case Accepted.String():
		return fmt.Sprintf("%s: %s, accepted by %s at %s%s%s.", rung, why, provider, at, tries(v.Attempts), reachedWords(v.Reached, place))
	case TokenDead.String():
		return fmt.Sprintf("Not rung: address refused by %s at %s: %s.", provider, at, answerWords(v.Answer))
	}
	return fmt.Sprintf("Not rung: refused by %s at %s: %s.", provider, at, answerWords(v.Answer))
}

var providerNames = map[AddressKind]string{APNs: "APNs", FCMToken: "FCM", FCMFID: "FCM"}

// reachedWords are the furthest that a device told of its notification.
func reachedWords(r Reached, place *time.Location) string {
	switch {
	case !r.Opened.IsZero():
		return ", opened at " + clockTime(r.Opened, place)
	case !r.Displayed.IsZero():
		return ", displayed at " + clockTime(r.Displayed, place)
	case !r.Received.IsZero():
		return ", received at " + clockTime(r.Received, place)
	}
	return ""
}

// mannerWords say what was spared somebody, or was not.
func mannerWords(g Ground) string {
	switch {
	case g.Passive:
		return " without a sound, as this officer is off duty"
	case g.Overrode == IsOffDuty:
		return " though off duty"
	case g.Overrode == IsMuted:
		return " though muted"
	}
	return ""
}

func tries(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" on attempt %d", n)
}

func answerWords(answer string) string {
	if answer == "" {
		return "without a reason"
	}
	return strings.ToLower(strings.ReplaceAll(answer, "_", " "))
}

func ageWords(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

func clockTime(at time.Time, place *time.Location) string { return at.In(place).Format("15:04:05") }
