package api

import (
	"log/slog"
	"runtime/debug"

	"officermobile/internal/panics"
)

// panicked is a panic as an error, with the stack for the log.
type panicked struct{ value any }

func (p panicked) Error() string { return "panic: " + panics.Text(p.value) }

// LogValue adds the stack, which is still the panic's own while its deferred functions run.
func (p panicked) LogValue() slog.Value {
	return slog.GroupValue(slog.String("panic", panics.Text(p.value)), slog.String("stack", string(debug.Stack())))
}
