package wire_test

import (
	"testing"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

// A list that has become empty is rendered as one that never was anything: a snapshot may turn one into the other, and
// then a row would differ without having changed.
func TestEmptyListsAreRenderedAlike(t *testing.T) {
	t.Parallel()
	for what, rows := range map[string][2]any{
		"unreached": {wire.Urgent{Unreached: []models.UserID{}}, wire.Urgent{}},
		"acked":     {wire.Urgent{Acked: []wire.Ack{}}, wire.Urgent{}},
		"clocks":    {wire.Task{Clocks: []models.RTAClock{}}, wire.Task{}},
		"zones":     {wire.Me{Zones: []models.ZoneID{}}, wire.Me{}},
	} {
		emptied, err := json.Marshal(rows[0])
		never, err2 := json.Marshal(rows[1])
		if err != nil || err2 != nil || string(emptied) != string(never) {
			t.Errorf("%s: got %s, want %s", what, emptied, never)
		}
	}
}
