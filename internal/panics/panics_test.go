package panics_test

import (
	"errors"
	"strings"
	"testing"

	"officermobile/internal/panics"
)

func TestText(t *testing.T) {
	t.Parallel()
	const secret = "meet at the gate"
	for name, c := range map[string]struct {
		fn   func()
		want string
	}{
		"text":      {func() { panic(secret) }, "a string"},
		"error":     {func() { panic(errors.New(secret)) }, "a *errors.errorString"},
		"index":     {func() { _ = []string{secret}[len(secret)] }, "runtime error: index out of range [16] with length 1"},
		"assertion": {func() { _ = any(secret).(error) }, "interface conversion: string is not error: missing method Error"},
		"key":       {func() { _ = map[any]int{}[[]string{secret}] }, "hash of unhashable type: []string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if got := panics.Text(recover()); got != c.want || strings.Contains(got, secret) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}()
			c.fn()
		})
	}
}
