package wire_test

import (
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
)

// TestBothTimesAreShown: the device's time goes along when it differs from the server's by over a minute, and the order
// is the server's whatever the device says.
func TestBothTimesAreShown(t *testing.T) {
	t.Parallel()
	const arrived = 1_795_312_800_000
	cases := []struct {
		name    string
		claims  models.Claims
		wrote   int64
		waited  int64
		happens int64
	}{
		{"no claim", models.Claims{}, 0, 0, arrived},
		{"on time", models.Claims{DeviceAt: arrived - 59_000, AgeMS: 59_000}, 0, 0, arrived},
		{"written 35 minutes ago", models.Claims{DeviceAt: arrived - 2_100_000, AgeMS: 2_100_000}, arrived - 2_100_000, 2_100_000, arrived},
		{"a clock that is a day ahead", models.Claims{DeviceAt: arrived + 86_400_000}, arrived + 86_400_000, 0, arrived},
	}
	for _, c := range cases {
		got := wire.MessageOf(&models.Entry{N: 1, At: arrived * 1000, Text: "x", Claims: c.claims})
		if got.At != c.happens || got.Extra.DeviceAt != c.wrote || got.Extra.AgeMS != c.waited {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}
