// Package child runs a server as a process of its own, so that a rehearsal can kill it as a machine would: by SIGKILL,
// at any instant, with nothing flushed that was not durable.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Spec says what to run.
type Spec struct {
	Path  string    // of the binary
	Args  []string  // without its name
	Env   []string  // nil: that of this process
	Ready string    // address that answers 200 once requests are taken
	Log   io.Writer // what it prints; nil: nowhere
}

const (
	readyWithin = 30 * time.Second      // of a start: a large log is read in seconds
	askEvery    = 20 * time.Millisecond // whether it is ready: an outage should be the server's, not ours
	stopWithin  = 20 * time.Second      // after SIGTERM, then it is killed
)

// Process is a running server, or what is known of it once it has ended.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has

	mu    sync.Mutex
	err   error
	usage syscall.Rusage
}

// Start runs a process and waits until it is ready. If it ends before, or takes too long, the error says so and nothing
// is left running.
func Start(ctx context.Context, s Spec) (*Process, error) {
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.Env, s.Log, s.Log
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	go p.wait()
	if err := p.ready(ctx, s.Ready); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	return p, nil
}

func (p *Process) wait() {
	err := p.cmd.Wait()
	p.mu.Lock()
	p.err = err
	if u, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		p.usage = *u
	}
	p.mu.Unlock()
	close(p.ended)
}

// ready asks until the answer is 200.
func (p *Process) ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		if answers(ctx, client, address) {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the server ended before it was ready: %w", p.failure())
		case <-ctx.Done():
			return fmt.Errorf("wait until the server is ready: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

func answers(ctx context.Context, client *http.Client, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (p *Process) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		return errors.New("exit status 0")
	}
	return p.err
}

// Ended is closed when the process has ended, for whatever reason.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Kill ends the process by SIGKILL and waits until it is gone.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Stop ends the process by SIGTERM and waits for it; if it takes too long, or ctx ends, it is killed. The error says
// that it did not end well.
func (p *Process) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(err, p.Kill())
	}
	select {
	case <-p.ended:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("the server did not stop: %w", ctx.Err()), p.Kill())
	}
}

// Usage is the processor time and the most memory, in bytes, of a process that has ended; zeros before.
func (p *Process) Usage() (cpu time.Duration, peak int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cpu = time.Duration(p.usage.Utime.Nano() + p.usage.Stime.Nano())
	if runtime.GOOS == "darwin" {
		return cpu, p.usage.Maxrss // counted in bytes there, and in KiB elsewhere
	}
	return cpu, p.usage.Maxrss << 10
}

// PID is the process's number, for who measures it from outside.
func (p *Process) PID() int { return p.cmd.Process.Pid }
