package cli_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"officermobile/cli"
)

func TestReport(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(context.Background())
	stop()
	running := context.Background()
	tests := map[string]struct {
		ctx  context.Context
		err  error
		code cli.Code
		said string
	}{
		"success":            {running, nil, cli.Success, ""},
		"failure":            {running, errors.New("disk is full"), cli.Failure, "verify: disk is full\n"},
		"several lines":      {running, errors.Join(errors.New("one"), errors.New("two\n")), cli.Failure, "verify: one; two\n"},
		"usage":              {running, cli.Usagef("%s is missing", "--log"), cli.Usage, "verify: --log is missing\n"},
		"wrapped usage":      {running, fmt.Errorf("x: %w", cli.Usagef("y")), cli.Usage, "verify: x: y\n"},
		"stopped":            {stopped, fmt.Errorf("read: %w", context.Canceled), cli.Success, ""},
		"failed at the stop": {stopped, errors.New("lost"), cli.Failure, "verify: lost\n"},
		"cancelled unasked":  {running, context.Canceled, cli.Failure, "verify: context canceled\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said strings.Builder
			code := cli.Report(test.ctx, &said, "verify", test.err)
			if code != test.code || said.String() != test.said {
				t.Errorf("got %d and %q, want %d and %q", code, said.String(), test.code, test.said)
			}
		})
	}
}
