package wire_test

import (
	"context"
	"testing"
	"testing/synctest"

	"officermobile/push/internal/wire"
)

func TestGate(t *testing.T) {
	t.Parallel()
	run := func(name string, fn func(t *testing.T, g *wire.GateUnderTest, let func(urgent bool))) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				g := &wire.GateUnderTest{}
				let := func(urgent bool) {
					go func() { _ = g.Enter(ctx, urgent) }()
					synctest.Wait()
				}
				fn(t, g, let)
				cancel()
				synctest.Wait()
			})
		})
	}
	// in reports whether a request of a kind is let in at once.
	in := func(t *testing.T, g *wire.GateUnderTest, urgent, want bool) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- g.Enter(ctx, urgent) }()
		synctest.Wait()
		cancel()
		if got := <-done == nil; got != want {
			t.Errorf("urgent %v: let in %v, want %v", urgent, got, want)
		}
	}
	run("R17 sixteen places are for the urgent alone", func(t *testing.T, g *wire.GateUnderTest, let func(bool)) {
		g.Warm()
		for range 80 {
			in(t, g, false, true)
		}
		in(t, g, false, false)
		for range 16 {
			in(t, g, true, true)
		}
		in(t, g, true, false)
		g.Leave(true)
		in(t, g, false, false)
		in(t, g, true, true)
	})
	run("R17 an urgent one goes before those who wait", func(t *testing.T, g *wire.GateUnderTest, let func(bool)) {
		in(t, g, false, true) // the canary
		for range 100 {
			let(false)
		}
		order := make(chan bool, 1)
		go func() { order <- g.Enter(t.Context(), true) == nil }()
		synctest.Wait()
		g.Leave(false) // still cold: one more may go
		if !<-order {
			t.Error("the urgent one did not go first")
		}
		in(t, g, true, false)
	})
	run("R29 a cold connection takes one", func(t *testing.T, g *wire.GateUnderTest, let func(bool)) {
		in(t, g, true, true)
		in(t, g, true, false)
		g.Leave(true)
		in(t, g, false, true)
	})
}
