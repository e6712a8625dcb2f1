// Officermobile is the backend of Officer Mobile: dispatches, conversations, presence and push for officers who drive in
// and out of coverage. This package is the command line: node serves, office manages, rehearsal plays.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	_ "time/tzdata" // business dates need the time zones, and a container has none

	"officermobile/cli"
	"officermobile/config"
	"officermobile/office"
	"officermobile/rehearsal"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Serve       serveCmd              `cmd:"" help:"Serve phones, tablets and consoles."`
	Replay      rehearsal.ReplayCmd   `cmd:"" help:"Play a shift against a server that is killed again and again, and check what came of it."`
	Bench       rehearsal.BenchCmd    `cmd:"" help:"Measure the server beside a baseline of the same run."`
	Pushtest    rehearsal.PushtestCmd `cmd:"" help:"Play Apple, Google and browsers' push services on this machine, for tests."`
	Inbox       rehearsal.InboxCmd    `cmd:"" help:"Show what officers see on simulated phones, as it arrives."`
	Agency      office.AgencyCmd      `cmd:"" help:"Create and list agencies."`
	User        office.UserCmd        `cmd:"" help:"Add, list and change users."`
	Keys        office.KeysCmd        `cmd:"" help:"Replace the keys that access tokens are signed with."`
	Audit       office.AuditCmd       `cmd:"" help:"Print who administered what, and who signed in or tried to."`
	Verify      office.VerifyCmd      `cmd:"" help:"Prove that the record is whole and unaltered."`
	Config      configCmd             `cmd:"" help:"Print the settings in force, secrets apart."`
	Healthcheck healthcheckCmd        `cmd:"" help:"Exit 0 if the server of these settings is ready."`
	Version     versionCmd            `cmd:"" help:"Print the version."`

	BenchBaseline rehearsal.BenchBaselineCmd `cmd:"" hidden:"" help:"Part of bench."`
	BenchPush     rehearsal.BenchPushCmd     `cmd:"" hidden:"" help:"Part of bench."`
}

func main() { os.Exit(int(run(os.Args[1:], os.Stdout, os.Stderr))) }

// run executes one command line and answers the exit code.
func run(args []string, out, errs io.Writer) cli.Code {
	ctx, release := cli.StopContext(context.Background())
	defer release()
	return runIn(ctx, args, out, errs)
}

// stopped is how kong's wish to exit, after help, comes back through its stack.
type stopped struct{ code int }

func runIn(ctx context.Context, args []string, out, errs io.Writer) (code cli.Code) {
	defer func() {
		if v := recover(); v != nil {
			s, ok := v.(stopped)
			if !ok {
				panic(v)
			}
			code = cli.Code(s.code)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("officermobile"), kong.Description("Backend of Officer Mobile."), kong.UsageOnError(),
		kong.Writers(out, errs), kong.Exit(func(code int) { panic(stopped{code}) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(out, (*io.Writer)(nil)),
	)
	if err != nil {
		return cli.Report(ctx, errs, "officermobile", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return cli.Report(ctx, errs, "officermobile", cli.Usagef("%v", err))
	}
	parsed.BindTo(office.WithCommand(ctx, parsed.Command()), (*context.Context)(nil))
	return cli.Report(ctx, errs, "officermobile", parsed.Run())
}

type healthcheckCmd struct{ config.Flags }

// Run asks the server of the same settings whether it is ready.
func (c *healthcheckCmd) Run(ctx context.Context) error {
	cfg, err := c.Load(io.Discard)
	if err != nil {
		return err
	}
	address, err := cli.HealthURL(cfg.Server.Listen, cfg.Server.TLS(), "/readyz")
	if err != nil {
		return err
	}
	return cli.Healthcheck(ctx, address)
}

type configCmd struct{ config.Flags }

// Run prints the settings in force, secrets apart.
func (c *configCmd) Run(out io.Writer) error {
	cfg, err := c.Load(os.Stderr)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, cfg.Redacted())
	return err
}

type versionCmd struct{}

// Run prints the module's version and the toolchain's.
func (versionCmd) Run(out io.Writer) error {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version + " " + info.GoVersion
	}
	_, err := fmt.Fprintln(out, "officermobile", version)
	return err
}
