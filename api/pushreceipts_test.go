package api_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
)

// TestPushReceipts: a device tells what became of its notifications by a request of its own or along with a sync, for
// itself alone, and a sync does not fail with it.
func TestPushReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := wire.PushReceipt{ID: models.NotificationID(word[int]("ring")), Stage: wire.PushDisplayed, At: 1_772_000_000_000}
	said := `{"n":"` + one.ID.String() + `","stage":"displayed","at":1772000000000}`
	phone := deviceID("officer")
	wantStatus(t, w.call(0, "officer", "POST", "/v1/push/receipts", `{"pushes":[`+said+`]}`), http.StatusNoContent)
	wantStatus(t, w.call(0, "", "POST", "/v1/push/receipts", `{"pushes":[`+said+`]}`, header("Authorization", "Bearer "+fetchToken)), http.StatusNoContent)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1,"pushes":[`+said+`]}`), http.StatusOK)
	if got := w.push.told[phone]; !slices.Equal(got, []wire.PushReceipt{one, one, one}) || len(w.push.told) != 1 {
		t.Errorf("got %+v, want all from the device that told it", w.push.told)
	}
	for _, bad := range []string{
		`{"n":"` + one.ID.String() + `","stage":"read","at":1}`, `{"n":"","stage":"opened","at":1}`, `{"n":"` + one.ID.String() + `","stage":"opened","at":-5}`,
	} {
		wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1,"pushes":[`+bad+`]}`), http.StatusUnprocessableEntity)
	}
	many := `[` + strings.Repeat(said+",", wire.MaxPushReceipts) + said + `]`
	wantStatus(t, w.call(0, "officer", "POST", "/v1/push/receipts", `{"pushes":`+many+`}`), http.StatusUnprocessableEntity)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1,"pushes":`+many+`}`), http.StatusUnprocessableEntity)
	w.push.err = errors.New("the store is away")
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1,"pushes":[`+said+`]}`), http.StatusOK)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/push/receipts", `{"pushes":[`+said+`]}`), http.StatusInternalServerError)
}
