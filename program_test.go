package main_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	main "officermobile"
	"officermobile/push/pushtest"
	"officermobile/replay/child"
)

// The tests run the program as its users do: this test binary is the program when the variable is set.
const asProgram = "RUN_TEST_BINARY_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	main.Main()
}

// program runs a command line to its end.
func program(t *testing.T, env []string, args ...string) (out, errs string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(cleanEnv(), append(env, asProgram+"=1")...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// cleanEnv is the environment without settings of the one who runs the tests.
func cleanEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OFFICERMOBILE_") {
			env = append(env, v)
		}
	}
	return env
}

// agency is a store with an agency and its administrator.
type agency struct {
	folder, id, password string
}

func newAgency(t *testing.T) agency {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	out, errs, code := program(t, nil, "agency", "create", "Harbor Police", "--store", folder)
	if code != 0 {
		t.Fatalf("agency create: %s", errs)
	}
	row := lastFields(out)
	if len(row) != 3 {
		t.Fatalf("got %q, want agency, username and password", out)
	}
	return agency{folder, row[0], row[2]}
}

// lastFields are the words of the last line.
func lastFields(out string) []string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Fields(lines[len(lines)-1])
}

// simulate starts the push services that a server of the test rings.
func simulate(t *testing.T) *pushtest.Services {
	t.Helper()
	services, err := pushtest.Start(pushtest.Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(services.Close)
	return services
}

// freePort is an address that nobody listens on. Its port is below those that the system gives to clients, and no other
// test of this process has it: what is free now is free when the program gets there.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		if _, given := ports.LoadOrStore(address, true); given {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("a hundred ports were taken")
	return ""
}

// ports are those that freePort gave out.
var ports sync.Map

// start runs the program as a process until it answers at an address. The test's end is its own.
func start(t *testing.T, s child.Spec) *child.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s.Path, s.Env = self, append(append(cleanEnv(), asProgram+"=1"), s.Env...)
	p, err := child.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Log(err)
		}
	})
	return p
}

// start runs the server on an agency's store, with settings.
func (a agency) start(t *testing.T, listen string, settings ...string) *child.Process {
	t.Helper()
	return start(t, child.Spec{
		Args: []string{"serve", "--store", a.folder, "--listen", listen}, Ready: "http://" + listen + "/readyz",
		Env: append([]string{"OFFICERMOBILE_LOG_LEVEL=error"}, settings...),
	})
}
