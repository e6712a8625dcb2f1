package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"officermobile/bench"
	"officermobile/push/pushbench"
	"officermobile/push/pushtest"
	"officermobile/store/sqlite"

	"github.com/go-json-experiment/json"
)

// roundTrip is to the simulated providers and back.
const roundTrip = 50 * time.Millisecond

// measurePush runs simulated providers here, and what is measured in a process of its own.
func measurePush(ctx context.Context, s bench.PushSpec) (bench.PushFigures, error) {
	var f bench.PushFigures
	services, err := pushtest.Start(pushtest.Options{Open: true})
	if err != nil {
		return f, err
	}
	defer services.Close()
	for _, p := range []pushtest.Provider{pushtest.Apple, pushtest.Google} {
		services.Script(pushtest.Fault{Provider: p, Delay: roundTrip, Times: -1})
	}
	config, err := json.Marshal(services.Config())
	if err != nil {
		return f, err
	}
	file := filepath.Join(s.Folder, "providers.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return f, err
	}
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	cmd := exec.CommandContext(ctx, self, "bench-push", s.Folder, file, "--per-second", strconv.Itoa(s.PerSecond),
		"--for", s.For.String(), "--groups", strconv.Itoa(s.Devices/pushbench.GroupRings), "--drain="+strconv.FormatBool(s.Drain))
	var out bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = otherEnvironment(), &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return f, fmt.Errorf("measure push: %w", err)
	}
	return f, json.Unmarshal(out.Bytes(), &f)
}

// BenchPushCmd is the process in which push is measured.
type BenchPushCmd struct {
	Folder    string        `arg:"" help:"Of its store."`
	Providers string        `arg:"" help:"A file that says where the simulated providers are."`
	PerSecond int           `required:"" help:"Rings."`
	For       time.Duration `required:"" help:"Of the load."`
	Groups    int           `required:"" help:"Of fifty devices."`
	Drain     bool          `help:"Measure an outage to its end."`
}

// Run measures and prints figures as JSON.
func (c *BenchPushCmd) Run(ctx context.Context, out io.Writer) error {
	text, err := os.ReadFile(c.Providers)
	if err != nil {
		return err
	}
	var config pushtest.Config
	if err := json.Unmarshal(text, &config); err != nil {
		return fmt.Errorf("read where the providers are: %w", err)
	}
	docs, err := sqlite.Open(ctx, c.Folder)
	if err != nil {
		return err
	}
	rest := time.Duration(0)
	if c.Drain {
		rest = pushbench.ForgottenIn
	}
	figures, err := pushbench.Run(ctx, pushbench.Options{
		Documents: docs, Providers: config, PerSecond: c.PerSecond, For: c.For, Groups: c.Groups, Rest: rest, Drain: c.Drain,
		Outage: func(ctx context.Context, seconds float64) error { return outage(ctx, config.Control, seconds) },
	})
	if err != nil {
		docs.Close()
		return err
	}
	if err := json.MarshalWrite(out, figures); err != nil {
		return err
	}
	return docs.Close()
}

// outage asks the simulated providers to fail for a while.
func outage(ctx context.Context, control string, seconds float64) error {
	body, err := json.Marshal(pushtest.OutageRequest{Seconds: seconds})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, control+"/outage", bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the simulated providers answered %s", resp.Status)
	}
	return nil
}
