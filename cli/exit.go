package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Code is the exit status of a command.
type Code int

// The exit codes, which scripts rely on.
const (
	Success Code = 0
	Failure Code = 1 // it didn't work, and standard error says why in one sentence
	Usage   Code = 2 // it was asked in the wrong way, and nothing was tried
)

// UsageError is a mistake in how a command was called.
type UsageError struct{ Message string }

// Error is the message.
func (e *UsageError) Error() string { return e.Message }

// Usagef makes a UsageError.
func Usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// Report writes err as one line to w, if there is one, and answers the code to exit with. A stop that was asked for,
// seen in ctx, isn't a failure: the context's own error is then Success.
func Report(ctx context.Context, w io.Writer, name string, err error) Code {
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return Success
	}
	fmt.Fprintf(w, "%s: %s\n", name, oneLine(err.Error()))
	var usage *UsageError
	if errors.As(err, &usage) {
		return Usage
	}
	return Failure
}

// oneLine joins what errors.Join and others put on several lines.
func oneLine(s string) string {
	var parts []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}
