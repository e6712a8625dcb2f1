package rehearsal

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"officermobile/bench"
	"officermobile/cli"
	"officermobile/config"
	"officermobile/node"
	"officermobile/office"
	"officermobile/replay/child"
)

// BenchCmd measures the server beside a baseline of the same run.
type BenchCmd struct {
	Scenarios []string `arg:"" optional:"" help:"Which to run; all without it."`
	Quick     bool     `help:"Seconds instead of minutes, and hundreds of phones instead of thousands: for a look, not for figures."`
	Full      bool     `help:"Growth up to a million messages."`
	JSON      bool     `help:"Print the report as JSON."`
}

// What a quick look takes.
const (
	quickSend   = 3 * time.Second
	quickLive   = 2 * time.Second
	quickPhones = 320
	quickPush   = 10 * time.Second
)

// Run measures and prints. Figures that miss their aim are no failure: the table says so.
func (c *BenchCmd) Run(ctx context.Context, out io.Writer) error {
	folder, remove, err := workFolder("")
	if err != nil {
		return err
	}
	defer remove()
	o := bench.Options{
		Start: startMeasured, Bootstrap: bootstrapMeasured, Push: measurePush, Folder: folder, Scenarios: c.Scenarios, Full: c.Full,
		Progress: func(label string, total int64) bench.Bar { return cli.NewProgress(os.Stderr, label, total) },
	}
	if c.Quick {
		o.SendFor, o.LiveFor, o.Phones, o.PushFor = quickSend, quickLive, quickPhones, quickPush
	}
	report, err := bench.Run(ctx, o)
	if err != nil {
		return err
	}
	if c.JSON {
		return report.WriteJSON(out)
	}
	return report.WriteTable(out)
}

// bootstrapMeasured makes the agency that is measured.
func bootstrapMeasured(ctx context.Context, folder string) (bench.Account, error) {
	cfg := config.Defaults()
	cfg.Log.Level, cfg.Store.Address = "error", config.Secret(folder)
	o, err := office.Open(ctx, cfg, office.Options{})
	if err != nil {
		return bench.Account{}, err
	}
	account, err := o.Found(ctx, "Bench")
	if err != nil {
		o.Close(ctx)
		return bench.Account{}, err
	}
	return bench.Account{Agency: account.Agency.String(), Username: account.Username, Password: account.Password}, o.Close(ctx)
}

// startMeasured runs this program as the server, or as the baseline, in a process of its own.
func startMeasured(ctx context.Context, s bench.ServerSpec) (bench.Server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	args := []string{"serve", "--store", s.Folder, "--listen", address}
	if s.Baseline {
		args = []string{"bench-baseline", s.Folder, address}
	}
	log, err := os.OpenFile(filepath.Join(s.Folder, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own copy
	process, err := startSelf(ctx, child.Spec{Args: args, Env: s.Env, Ready: "http://" + address + "/readyz", Log: log})
	if err != nil {
		return nil, err
	}
	return measuredServer{process, address}, nil
}

// freeAddress is a port of the loopback that nobody has.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// startSelf runs this program as a process. Its settings are those of the spec, none of the caller's environment.
func startSelf(ctx context.Context, s child.Spec) (*child.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s.Path, s.Env = self, append(otherEnvironment(), s.Env...)
	return child.Start(ctx, s)
}

// otherEnvironment is the environment without this program's settings.
func otherEnvironment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OFFICERMOBILE_") {
			env = append(env, v)
		}
	}
	return env
}

type measuredServer struct {
	*child.Process
	address string
}

// Address is host:port.
func (s measuredServer) Address() string { return s.address }

// BenchBaselineCmd is what the bench measures beside the server: the least that a durable answer can cost here.
type BenchBaselineCmd struct {
	Folder string `arg:"" help:"Of its journal."`
	Listen string `arg:"" help:"host:port."`
}

// Run serves until it is stopped.
func (c *BenchBaselineCmd) Run(ctx context.Context) error {
	listener, err := node.Listen(c.Listen)
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	return bench.Baseline(ctx, listener, c.Folder)
}
