package calls

import (
	_ "embed"
	"strings"
	"time"
)

// builtinCSV is an invented hour in an invented harbour town, written for this project.
//
//go:embed builtin.csv
var builtinCSV string

// BuiltinMinutes is how long the built-in scenario lasts.
const BuiltinMinutes = 60

// Builtin is the small scenario that runs when no file is given, and the time at which it starts.
func Builtin() ([]Call, time.Time, error) {
	calls, _, err := Read(strings.NewReader(builtinCSV))
	return calls, time.Date(2026, time.March, 6, 20, 0, 0, 0, time.UTC), err
}
