package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// PushSpec says what to measure of push.
type PushSpec struct {
	Folder    string // of its store; exists
	PerSecond int
	For       time.Duration
	Devices   int
	Drain     bool // wait for the end of an outage, some two minutes
}

// PushFigures are what came of it.
type PushFigures struct {
	Ours, Bare PushLoad // through the outbox, and by the vendors' libraries in a loop

	UrgentMS  float64 // until the last ring of an urgent message was accepted
	Behind    int     // so many others
	SlotBytes float64 // each
	Waiting   int     // for their provider
	DrainS    float64 // seconds; 0 if it was not measured
}

// PushLoad is what a steady load came to.
type PushLoad struct {
	Rings, Errors  int
	PerSecond      float64
	P50MS, P99MS   float64 // from the event until a provider has accepted it
	CPUMicrosecond float64 // of the process, for each ring
	APNs, FCM      PushBytes
}

// PushBytes are what a ring costs the network, with its share of headers, TLS and connections.
type PushBytes struct{ Out, In float64 }

// The load of push. A device rings twelve times a minute in it: it takes thirty.
const (
	pushPerSecond    = 2000
	pushDevices      = 10_000
	quickPushDevices = 2_000
)

func pushScenarios() []string { return []string{Push, PushUrgent, PushOutage} }

// runPush measures push in a process of its own: all its scenarios, since they stand on one load.
func runPush(ctx context.Context, opts Options, report *Report) error {
	wanted := func(name string) bool { return slices.Contains(opts.Scenarios, name) }
	if ctx.Err() != nil || !slices.ContainsFunc(pushScenarios(), wanted) || opts.Push == nil {
		return nil
	}
	spec := PushSpec{Folder: filepath.Join(opts.Folder, "push"), PerSecond: pushPerSecond, For: opts.PushFor, Devices: pushDevices, Drain: true}
	if opts.PushFor < defaultPushFor {
		spec.Devices, spec.Drain = quickPushDevices, false
	}
	if err := os.MkdirAll(spec.Folder, 0o700); err != nil {
		return fmt.Errorf("make a store: %w", err)
	}
	f, err := opts.Push(ctx, spec)
	if err != nil {
		return fmt.Errorf("%s: %w", Push, err)
	}
	report.push(f)
	return nil
}

func (r *Report) push(f PushFigures) {
	r.add(Push, ringsPerSecond, f.Ours.PerSecond, f.Bare.PerSecond)
	r.add(Push, p50, f.Ours.P50MS, f.Bare.P50MS)
	r.add(Push, p99, f.Ours.P99MS, f.Bare.P99MS)
	r.add(Push, cpuRing, f.Ours.CPUMicrosecond, f.Bare.CPUMicrosecond)
	r.add(Push, "bytes out per ring, APNs", f.Ours.APNs.Out, f.Bare.APNs.Out)
	r.add(Push, "bytes in per ring, APNs", f.Ours.APNs.In, f.Bare.APNs.In)
	r.add(Push, "bytes out per ring, FCM", f.Ours.FCM.Out, f.Bare.FCM.Out)
	r.add(Push, "bytes in per ring, FCM", f.Ours.FCM.In, f.Bare.FCM.In)
	r.add(Push, errorsOf, float64(f.Ours.Errors), none())
	r.add(PushUrgent, acceptedIn, f.UrgentMS, none())
	r.add(PushUrgent, "behind so many others", float64(f.Behind), none())
	r.add(PushOutage, slotMemory, f.SlotBytes*10_000/mib, none())
	if f.DrainS > 0 {
		r.add(PushOutage, drainedIn, f.DrainS, none())
	}
}
