package api_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"officermobile/api"
)

// TestDevicesLastHeard: an administrator sees which devices are alive and can be rung; nobody else does.
func TestDevicesLastHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, before := deviceID("officer").String(), time.Now().UnixMilli()
	wantStatus(t, w.call(0, "officer", "PUT", "/v1/presence", `{"state":"background","report":1}`), http.StatusNoContent)
	all := func() map[string]api.Device {
		t.Helper()
		rec := w.call(0, "admin", "GET", "/v1/agency/devices", "")
		wantStatus(t, rec, http.StatusOK)
		byID := map[string]api.Device{}
		for _, item := range decoded[api.List[api.Device]](t, rec).Items {
			byID[item.ID] = item.Data
		}
		return byID
	}
	for id, d := range all() {
		if id == phone && (d.Heard < before || !d.Reach) {
			t.Errorf("got %+v, want it heard now, and with an address", d)
		}
		if id != phone && (d.Heard != 0 || d.Reach) {
			t.Errorf("%s: got %+v, want it never heard, and without an address", id, d)
		}
	}
	account := decoded[api.Item[api.UserAccount]](t, w.call(0, "admin", "GET", "/v1/users/"+userID("officer").String(), "")).Data
	if account.Devices[0].Data.Heard < before {
		t.Errorf("got %+v, want it heard now", account.Devices[0].Data)
	}
	own := decoded[api.List[api.Device]](t, w.call(0, "officer", "GET", "/v1/devices", "")).Items[0].Data
	if own.Heard != 0 || own.Reach {
		t.Errorf("its owner got %+v", own)
	}
	wantStatus(t, w.call(0, "admin", "POST", "/v1/devices/"+phone+"/release", ""), http.StatusOK)
	if all()[phone].Reach {
		t.Error("it was released, and can be rung")
	}
	w.push.err = errors.New("the store is away")
	wantStatus(t, w.call(0, "admin", "GET", "/v1/agency/devices", ""), http.StatusInternalServerError)
}
