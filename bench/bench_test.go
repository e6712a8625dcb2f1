package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"officermobile/bench"
)

var errStart = errors.New("no server")

func options(t *testing.T) bench.Options {
	return bench.Options{
		Folder:    t.TempDir(),
		Start:     func(context.Context, bench.ServerSpec) (bench.Server, error) { return nil, errStart },
		Bootstrap: func(context.Context, string) (bench.Account, error) { return bench.Account{}, nil },
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*bench.Options)
		want   string
	}{
		"no way to start":  {func(o *bench.Options) { o.Start = nil }, "a way to start"},
		"no agency":        {func(o *bench.Options) { o.Bootstrap = nil }, "a way to make an agency"},
		"no folder":        {func(o *bench.Options) { o.Folder = "" }, "a folder"},
		"no such scenario": {func(o *bench.Options) { o.Scenarios = []string{"tea"} }, `no scenario "tea"; there are: send, `},
		"a failing server": {func(*bench.Options) {}, errStart.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			tt.change(&o)
			report, err := bench.Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if report == nil || len(report.Rows) != 0 {
				t.Errorf("got %v, want an empty report", report)
			}
		})
	}
}

func TestScenariosAreNamedOnce(t *testing.T) {
	t.Parallel()
	names := bench.Scenarios()
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) || len(names) != 17 {
		t.Errorf("got %v", names)
	}
}
