package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// ServerSpec says which server to start.
type ServerSpec struct {
	Baseline bool     // the one of Baseline, else the product with durable settings
	Folder   string   // of its store; exists
	Env      []string // settings, beside those of this process
}

// Server is a running process. Its load shares the machine with it; its own cost is read from the outside.
type Server interface {
	// Address is host:port, on the loopback.
	Address() string
	// PID is the process.
	PID() int
	// Stop ends it and waits until it is gone.
	Stop(ctx context.Context) error
}

// Account is the administrator that a Bootstrap made.
type Account struct {
	Agency, Username, Password string
}

// limitsOff are the settings that a load from one address needs: hundreds of phones share it here.
func limitsOff() []string {
	return []string{
		"OFFICERMOBILE_LIMITS_DEVICE_PER_SECOND=100000",
		"OFFICERMOBILE_LIMITS_USER_PER_SECOND=100000",
		"OFFICERMOBILE_LIMITS_ADDRESS_PER_SECOND=100000",
		"OFFICERMOBILE_LOG_LEVEL=warn",
	}
}

// clockTick is the unit of processor times in /proc, in Linux's interface always a hundredth of a second.
const clockTick = 10 * time.Millisecond

// cpuOf is the processor time that a process has used. It is read from /proc; elsewhere there is an error, and the
// figures that need it are left out.
func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the server's processor time: %w", err)
	}
	return parseCPU(stat)
}

// parseCPU reads user and system time, fields 14 and 15 (proc(5)). The name before them may hold anything, blanks and
// parentheses too.
func parseCPU(stat []byte) (time.Duration, error) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("the server's processor time is not in %d fields", len(fields))
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the server's processor time: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// memory is what a process holds, in bytes. Resident counts pages of the program's file too, which the system can drop
// and load again at will; Private is what the process made itself.
type memory struct{ Resident, Private int64 }

// memoryOf reads /proc.
func memoryOf(pid int) (memory, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, fmt.Errorf("read the server's memory: %w", err)
	}
	return parseMemory(status)
}

func parseMemory(status []byte) (memory, error) {
	resident, err := kibibytes(status, "VmRSS:")
	if err != nil {
		return memory{}, err
	}
	private, err := kibibytes(status, "RssAnon:")
	return memory{resident, private}, err
}

// kibibytes finds a line such as "VmRSS:  2048 kB" and answers bytes.
func kibibytes(status []byte, name string) (int64, error) {
	for line := range bytes.Lines(status) {
		value, ok := bytes.CutPrefix(line, []byte(name))
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(value), []byte("kB")))), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the server's memory: %w", err)
		}
		return n << 10, nil
	}
	return 0, fmt.Errorf("the server's memory is not told: no %s", name)
}

// meter measures the processor time of a process between two moments.
type meter struct {
	pid   int
	began time.Duration
	err   error
}

func newMeter(s Server) meter {
	m := meter{pid: s.PID()}
	m.began, m.err = cpuOf(m.pid)
	return m
}

// each is the time since by n, in the unit given; NaN where it can't be known.
func (m meter) each(n int, unit time.Duration) float64 {
	now, err := cpuOf(m.pid)
	if err != nil || m.err != nil || n == 0 {
		return none()
	}
	return float64(now-m.began) / float64(n) / float64(unit)
}
