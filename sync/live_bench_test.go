package sync_test

import (
	"context"
	"runtime"
	stdsync "sync"
	"testing"

	"officermobile/models/wire"
	"officermobile/sync"
)

// BenchmarkIdleStream says what a stream costs in memory while nothing happens, the api's own share apart.
func BenchmarkIdleStream(b *testing.B) {
	d := newDesk(b, sync.ServiceOptions{})
	const streams = 2000
	token := d.pass(callerOf(0), "", newPocket())
	for b.Loop() {
		before := inUse()
		ctx, cancel := context.WithCancel(b.Context())
		var opened, closed stdsync.WaitGroup
		for range streams {
			opened.Add(1)
			closed.Go(func() {
				said := false
				who := callerOf(0)
				who.Device = [16]byte{}
				_ = d.s.Live(ctx, who, wire.LiveRequest{Token: token, Schema: wire.Schema}, func(wire.Frame) error {
					if !said {
						said = true
						opened.Done()
					}
					return nil
				})
			})
		}
		opened.Wait()
		b.ReportMetric(float64(inUse()-before)/streams, "B/stream")
		cancel()
		closed.Wait()
	}
}

// inUse is what the heap and the stacks take.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
