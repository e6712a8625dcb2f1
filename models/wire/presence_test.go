package wire_test

import (
	"math"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
)

func TestPresenceIsOfADeviceOnEarth(t *testing.T) {
	t.Parallel()
	at := func(lat, lon, accuracy float64) *wire.Position {
		return &wire.Position{Lat: lat, Lon: lon, AccuracyM: accuracy}
	}
	cases := []struct {
		name  string
		p     *wire.Presence
		field string
	}{
		{"none", nil, ""},
		{"no position", &wire.Presence{State: models.Background}, ""},
		{"the pole", &wire.Presence{State: models.Foreground, Position: at(-90, 180, 0)}, ""},
		{"no state", &wire.Presence{}, "presence.state"},
		{"another state", &wire.Presence{State: "busy"}, "presence.state"},
		{"too far north", &wire.Presence{State: models.Foreground, Position: at(90.1, 0, 1)}, "presence.position"},
		{"huge", &wire.Presence{State: models.Foreground, Position: at(1e308, 0, 1)}, "presence.position"},
		{"not a number", &wire.Presence{State: models.Foreground, Position: at(math.NaN(), 0, 1)}, "presence.position"},
		{"negative accuracy", &wire.Presence{State: models.Foreground, Position: at(1, 1, -1)}, "presence.position"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if e := models.AsError(c.p.Check()); e != nil {
				got = e.Field
			}
			if got != c.field {
				t.Errorf("got field %q, want %q", got, c.field)
			}
		})
	}
}
