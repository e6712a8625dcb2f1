package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	barWidth  = 30                     // characters, so that a line fits 80 columns
	drawEvery = 100 * time.Millisecond // on a terminal: ten times a second looks smooth
	sayEvery  = 10 * time.Second       // elsewhere: a line now and then keeps a log readable
)

// Progress shows how far a long command is: a bar that redraws itself on a terminal, a line now and then elsewhere.
// It may be used from several goroutines.
type Progress struct {
	w     io.Writer
	label string
	total int64
	draws bool

	mu      sync.Mutex
	done    int64
	started time.Time
	shown   time.Time
}

// NewProgress starts at 0 of total; a total of 0 is an unknown one.
func NewProgress(w io.Writer, label string, total int64) *Progress {
	return newProgress(w, label, total, IsTerminal(w))
}

func newProgress(w io.Writer, label string, total int64, draws bool) *Progress {
	now := time.Now()
	return &Progress{w: w, label: label, total: total, draws: draws, started: now, shown: now}
}

// IsTerminal reports a writer that a person looks at.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

// Add says that n more are done.
func (p *Progress) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	every := sayEvery
	if p.draws {
		every = drawEvery
	}
	if now := time.Now(); now.Sub(p.shown) >= every {
		p.shown = now
		p.show()
	}
}

// Finish shows the end and how long it took. Nothing may be added afterwards.
func (p *Progress) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show()
	end := fmt.Sprintf("%s: done in %s\n", p.label, time.Since(p.started).Round(time.Millisecond))
	if p.draws {
		end = "\n" + end
	}
	io.WriteString(p.w, end)
}

func (p *Progress) show() {
	if p.draws {
		io.WriteString(p.w, "\r"+p.bar()+"\x1b[K")
		return
	}
	io.WriteString(p.w, p.label+": "+p.count()+"\n")
}

func (p *Progress) bar() string {
	if p.total <= 0 {
		return p.label + ": " + p.count()
	}
	full := int(barWidth * min(p.done, p.total) / p.total)
	return p.label + " [" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] " + p.count()
}

func (p *Progress) count() string {
	if p.total <= 0 {
		return fmt.Sprint(p.done)
	}
	return fmt.Sprintf("%d of %d, %d%%", p.done, p.total, 100*p.done/p.total)
}
