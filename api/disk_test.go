package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
)

// failing is a store that writes until its disk is told to fail.
type failing struct {
	store.Store
	with    atomic.Pointer[error]
	patient atomic.Pointer[context.CancelFunc] // called at an append of unknown fate, which is waited for else
}

func (f *failing) fail(err error) { f.with.Store(&err) }
func (f *failing) heal()          { f.with.Store(nil) }

func (f *failing) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	if err := f.with.Load(); err != nil {
		if errors.Is(*err, store.ErrFull) {
			return store.Refused, *err
		}
		if giveUp := f.patient.Load(); giveUp != nil {
			(*giveUp)()
		}
		return store.Unknown, *err
	}
	return f.Store.Append(ctx, log, after, b)
}

func (f *failing) PutIf(ctx context.Context, d store.Document) (uint64, error) {
	if err := f.with.Load(); err != nil {
		return 0, *err
	}
	return f.Store.PutIf(ctx, d)
}

// TestT29_NothingIsAcknowledgedThatIsNotThere: a full disk answers 507 and a broken one 503 (or the request's own end),
// reading goes on, and once the disk is well what was acknowledged is exactly what is there.
func TestT29_NothingIsAcknowledgedThatIsNotThere(t *testing.T) {
	t.Parallel()
	messages := "/v1/conversations/" + conversation.String() + "/messages"
	lane := `{"schema":1,"lanes":{"1":{"first":1,"commands":[{"id":"` + newID[int]().String() + `","type":"message.post","body":{"conversation_id":"` +
		conversation.String() + `","id":"` + newID[int]().String() + `","text":"by sync"}}]}}}`
	for name, fault := range map[string]struct {
		err    error
		status int
	}{
		"full":   {store.ErrFull, http.StatusInsufficientStorage},
		"broken": {syscall.EIO, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.db.fail(fault.err)
			brief := func(r *http.Request) {
				ctx, cancel := context.WithCancel(r.Context())
				t.Cleanup(cancel)
				w.db.patient.Store(&cancel)
				*r = *r.WithContext(ctx)
			}
			rec := w.call(0, "officer", "POST", messages, `{"text":"by REST"}`, brief, header("Idempotency-Key", "k"))
			wantStatus(t, rec, fault.status)
			if rec.Header().Get("Retry-After") == "" && fault.status == http.StatusServiceUnavailable {
				t.Errorf("503 without Retry-After")
			}
			answer := w.call(0, "officer", "POST", "/v1/sync", lane, brief)
			wantStatus(t, answer, http.StatusOK)
			if strings.Contains(answer.Body.String(), `"applied"`) {
				t.Errorf("got %s, want no false acknowledgement", answer.Body)
			}
			if page := w.call(0, "officer", "GET", messages, ""); page.Code != http.StatusOK || strings.Contains(page.Body.String(), "by REST") {
				t.Errorf("reading: got %s", dump(page))
			}
			w.db.heal()
			wantStatus(t, w.call(0, "officer", "POST", messages, `{"text":"by REST"}`, header("Idempotency-Key", "k")), http.StatusCreated)
			wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", lane), http.StatusOK)
			page := w.call(0, "officer", "GET", messages, "").Body.String()
			if strings.Count(page, "by REST") != 1 || strings.Count(page, "by sync") != 1 {
				t.Errorf("got %s, want each message once", page)
			}
		})
	}
}
