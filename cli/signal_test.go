package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"officermobile/cli"
)

// roleVariable makes the test binary play the process that is signalled.
const roleVariable = "CLI_TEST_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) == "" {
		os.Exit(m.Run())
	}
	ctx, release := cli.StopContext(context.Background())
	defer release()
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("stopping")
	if os.Getenv(roleVariable) == "stuck" {
		select {}
	}
}

func TestFirstSignalStops(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			child, lines := start(t, "obedient")
			expect(t, lines, "ready")
			send(t, child, signal)
			expect(t, lines, "stopping")
			if err := child.Wait(); err != nil {
				t.Errorf("got %v, want a clean end", err)
			}
		})
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	child, lines := start(t, "stuck")
	expect(t, lines, "ready")
	send(t, child, syscall.SIGTERM)
	expect(t, lines, "stopping")
	// The handler is let go of by a goroutine of its own just after the stop, so a signal may still be swallowed.
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case <-ended:
			status := child.ProcessState.Sys().(syscall.WaitStatus)
			if !status.Signaled() || status.Signal() != syscall.SIGTERM {
				t.Errorf("got %s, want an end by the signal", child.ProcessState)
			}
			return
		case <-time.After(10 * time.Millisecond): // a storm of signals upsets the race detector's runtime
			child.Process.Signal(syscall.SIGTERM)
		}
	}
}

func start(t *testing.T, role string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), roleVariable+"="+role)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child, bufio.NewScanner(out)
}

func expect(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	if !lines.Scan() || lines.Text() != want {
		t.Fatalf("got %q, want %q", lines.Text(), want)
	}
}

func send(t *testing.T, child *exec.Cmd, signal syscall.Signal) {
	t.Helper()
	if err := child.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}
