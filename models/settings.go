package models

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Settings are an agency's choices. In the log a zero stands for the default, so that a better default reaches those who
// never chose; Effective is what holds. A new setting is a field here, its default in Effective and its bounds in check.
type Settings struct {
	NumberResetMinute int         `json:"number_reset_minute,omitzero" minimum:"0" maximum:"1439" doc:"Minutes after local midnight at which dispatch numbers restart. An operational zone may have its own."`
	NumberResetPeriod ResetPeriod `json:"number_reset_period,omitzero" enum:"daily,weekly,monthly,yearly,never" doc:"How often dispatch numbers restart; daily unless set. Weeks begin on Monday."`
	InvitationMinutes int         `json:"invitation_minutes,omitzero" minimum:"1" maximum:"43200" doc:"Life of an invitation that nobody answers; 1440, a day, unless set."`
	PanelHours        int         `json:"panel_hours,omitzero" minimum:"1" maximum:"8784" doc:"Hours that a closed dispatch stays on the panels before only the record has it; 168, seven days, unless set."`

	ORI            string `json:"ori,omitzero" pattern:"^[A-Z0-9]{9}$" patternDescription:"nine capitals and digits" doc:"Originating agency identifier (NCIC), for each line of the audit log."`
	DataLeaseHours int    `json:"data_lease_hours,omitzero" minimum:"1" maximum:"720" doc:"Hours after a device was last in touch for which it may show what it holds; until its session's end unless set."`
	DuressRadiusM  int    `json:"duress_radius_m,omitzero" minimum:"1" maximum:"200000" doc:"Metres within which officers on duty are called to a duress; 2000 unless set."`
	UrgentRingS    int    `json:"urgent_ring_s,omitzero" minimum:"1" maximum:"3600" doc:"Seconds after which the devices of those who have not acknowledged an urgent message ring again, which they also do after a third of it; 60 unless set."`
	UrgentTellS    int    `json:"urgent_tell_s,omitzero" minimum:"1" maximum:"3600" doc:"Seconds until the dispatchers are told; 180 unless set, and later than the step before."`
	UrgentGiveUpS  int    `json:"urgent_give_up_s,omitzero" minimum:"1" maximum:"3600" doc:"Seconds until somebody counts as not reached; 300 unless set, and later than the step before."`

	PushContent      PushContent `json:"push_content,omitzero" enum:"fetch,sealed" doc:"What a notification may show: generic words unless set. With fetch the app asks this server for a preview; with sealed the preview comes along, encrypted to the device."`
	PushWords        PushWords   `json:"push_words,omitzero" enum:"typed" doc:"Whether the generic words on an iPhone tell an invitation and something urgent from a message; one sentence for all unless set. Other devices are told the class and have words of their own."`
	OffDutyPush      OffDutyPush `json:"off_duty_push,omitzero" enum:"ring,passive,hold" doc:"How the devices of officers off duty ring: as on duty, silently, or not at all for messages. Silently unless set; urgent messages always ring."`
	OtherDeviceWaitS int         `json:"other_device_wait_s,omitzero" minimum:"1" maximum:"60" doc:"Seconds for which a person's other devices wait with a message while one of theirs is in use; they do not wait unless set."`
}

// Defaults and bounds of Settings.
const (
	defaultInvitationMinutes = 24 * 60
	maxInvitationMinutes     = 30 * 24 * 60 // a month: who was away longer is asked again
	minutesOfDay             = 24 * 60
)

// Effective is the settings with the defaults in place of what was never chosen.
func (t Settings) Effective() Settings {
	orDefault(&t.NumberResetPeriod, Daily)
	orDefault(&t.InvitationMinutes, defaultInvitationMinutes)
	orDefault(&t.PanelHours, defaultPanelHours)
	orDefault(&t.DuressRadiusM, defaultRadiusM)
	orDefault(&t.UrgentRingS, defaultRingS)
	orDefault(&t.UrgentTellS, defaultTellS)
	orDefault(&t.UrgentGiveUpS, defaultGiveUpS)
	orDefault(&t.OffDutyPush, OffDutyPassive)
	return t
}

// orDefault sets *v where nothing was chosen.
func orDefault[T comparable](v *T, to T) {
	if *v == *new(T) {
		*v = to
	}
}

func (t Settings) check() error {
	return first(
		between("settings.number_reset_minute", t.NumberResetMinute, 0, minutesOfDay-1),
		t.NumberResetPeriod.check("settings.number_reset_period"),
		between("settings.invitation_minutes", t.InvitationMinutes, 0, maxInvitationMinutes),
		between("settings.panel_hours", t.PanelHours, 0, maxPanelHours),
		checkORI(t.ORI),
		between("settings.data_lease_hours", t.DataLeaseHours, 0, maxDataLeaseHours),
		between("settings.duress_radius_m", t.DuressRadiusM, 0, maxRadiusM),
		t.checkLadder(),
		t.PushContent.check("settings.push_content"),
		t.PushWords.check("settings.push_words"),
		t.OffDutyPush.check("settings.off_duty_push"),
		between("settings.other_device_wait_s", t.OtherDeviceWaitS, 0, maxOtherDeviceWaitS),
	)
}

// level: what an older version has no field for can't be set before the agency's feature level allows it.
func (t Settings) level() int {
	old := Settings{NumberResetMinute: t.NumberResetMinute, InvitationMinutes: t.InvitationMinutes}
	if t == old {
		return 1
	}
	return 2
}

// invitationLife is how long an invitation waits for an answer.
func (t Settings) invitationLife() Micros {
	return Micros((time.Duration(t.Effective().InvitationMinutes) * time.Minute).Microseconds())
}

// maxDataLeaseHours is a month: whoever is out of coverage for longer has older worries.
const maxDataLeaseHours = 30 * 24

// checkORI holds an originating agency identifier to its form: nine capitals and digits, or none.
func checkORI(ori string) error {
	for i := range len(ori) {
		if c := ori[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return Invalid("settings.ori", "is of capitals and digits")
		}
	}
	if ori != "" && len(ori) != 9 {
		return Invalid("settings.ori", "has nine characters")
	}
	return nil
}

// panelLife is how long a closed dispatch stays on the panels.
func (t Settings) panelLife() Micros {
	return Micros((time.Duration(t.Effective().PanelHours) * time.Hour).Microseconds())
}

// SettingsPatch is a JSON object of settings: what it names is set, null returns to the default, and what it does not
// name stays as it is, so that a client which knows fewer settings resets none.
type SettingsPatch jsontext.Value

// MarshalJSON writes the object as it came.
func (p SettingsPatch) MarshalJSON() ([]byte, error) { return p, nil }

// UnmarshalJSON keeps the object; onto reads it.
func (p *SettingsPatch) UnmarshalJSON(b []byte) error {
	if jsontext.Value(b).Kind() != '{' {
		return Invalid("settings", "is an object")
	}
	*p = SettingsPatch(jsontext.Value(b).Clone())
	return (*jsontext.Value)(p).Canonicalize() // so that equal patches are equal bytes
}

// onto is t with the patch applied. The error names the setting.
func (p SettingsPatch) onto(t Settings) (Settings, error) {
	if len(p) == 0 {
		return t, nil
	}
	if err := json.Unmarshal(p, &t, json.RejectUnknownMembers(true)); err != nil {
		return t, Invalid("settings."+jsonPlace(err), "not what is expected here")
	}
	return t, nil
}
