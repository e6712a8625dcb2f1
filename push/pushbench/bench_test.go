package pushbench_test

import (
	"context"
	"testing"
	"time"

	"officermobile/push/pushbench"
	"officermobile/push/pushtest"
	"officermobile/store/sqlite"
)

// The measurement measures: everything rings, by both ways, and what waits is counted.
func TestRun(t *testing.T) {
	t.Parallel()
	t.Run("R59 what is asked for rings, and is measured", small)
}

func small(t *testing.T) {
	services, err := pushtest.Start(pushtest.Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(services.Close)
	docs, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { docs.Close() })
	f, err := pushbench.Run(t.Context(), pushbench.Options{
		Documents: docs, Providers: services.Config(), PerSecond: 500, For: 600 * time.Millisecond, Groups: 2,
		Outage: func(_ context.Context, seconds float64) error {
			services.Outage("", time.Duration(seconds)*time.Second, pushtest.Fault{})
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.Ours.Rings != 300 || f.Bare.Rings != 300 || f.Ours.Errors+f.Bare.Errors > 0 {
		t.Errorf("rang %+v, by the libraries %+v; want 300 each", f.Ours, f.Bare)
	}
	for name, b := range map[string]pushbench.Bytes{"ours, APNs": f.Ours.APNs, "ours, FCM": f.Ours.FCM, "bare, APNs": f.Bare.APNs, "bare, FCM": f.Bare.FCM} {
		if b.Out < 200 || b.Out > 4096 || b.In < 20 || b.In > 4096 { // a payload has some 350 bytes, an answer a few headers
			t.Errorf("%s: a ring costs %+v bytes", name, b)
		}
	}
	if f.Behind != 100 || f.UrgentMS <= 0 || f.Waiting != 100 || f.DrainS != 0 {
		t.Errorf("in trouble %+v", f)
	}
}
