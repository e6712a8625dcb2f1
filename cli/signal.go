package cli

import (
	"context"
	"os/signal"
	"syscall"
)

// StopContext is parent until SIGINT or SIGTERM arrives, and is then cancelled. From then on a second signal ends the
// process at once, as if nobody listened. release lets go of the signals and must be called.
func StopContext(parent context.Context) (ctx context.Context, release context.CancelFunc) {
	ctx, release = signal.NotifyContext(parent, syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, release)
	return ctx, release
}
