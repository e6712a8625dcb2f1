package push

import (
	"slices"
	"time"

	"officermobile/models"
)

// badgeLife is how long a badge that is too high is worth a request: the next ring puts it right as well.
const badgeLife = 5 * time.Minute

// badgesOwed lists the iPhones of somebody who has read or muted something on another device: their badges are wrong now.
// Apps elsewhere count for themselves. Nothing is written down for a badge, and nobody's reading waits for it.
func badgesOwed(s *models.State, e models.Event, user models.UserID) []owed {
	o := owed{seq: e.Seq, first: e.Seq, at: timeOf(e.At), sender: e.Device, expires: timeOf(e.At).Add(badgeLife)}
	o.key.thing = thing{aBadge, user.UUID()}
	return slices.DeleteFunc(o.to(s, []models.UserID{user}), func(o owed) bool {
		return o.key.device == e.Device || s.Device(o.key.device).Platform != "ios"
	})
}
