// Package panics says what may be logged of a panic. Its value may hold anything that the code had in hand, a message's
// text among it, and logs hold no content; where it happened is in the stack, which holds none.
package panics

import (
	"fmt"
	"runtime"
)

// Text is the runtime's own words, which are of types, numbers and addresses; of any other value only its type.
func Text(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a %T", value)
}
