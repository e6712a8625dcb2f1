package cli_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/cli"
)

func TestProgressSaysALineNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := cli.NewProgress(&out, "replay", 200)
		for range 100 {
			wait(250 * time.Millisecond)
			p.Add(2)
		}
		p.Finish()
		want := "replay: 80 of 200, 40%\nreplay: 160 of 200, 80%\nreplay: 200 of 200, 100%\nreplay: done in 25s\n"
		if got := out.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestProgressDrawsABar(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := cli.NewBar(&out, "copy", 4)
		wait(time.Second)
		p.Add(2)
		p.Add(1) // at once, so not drawn
		wait(time.Second)
		p.Add(2) // one more than there should be
		p.Finish()
		want := "\rcopy [###############...............] 2 of 4, 50%\x1b[K" +
			"\rcopy [##############################] 5 of 4, 125%\x1b[K" +
			"\rcopy [##############################] 5 of 4, 125%\x1b[K" +
			"\ncopy: done in 2s\n"
		if got := out.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestProgressOfUnknownTotal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := cli.NewBar(&out, "scan", 0)
		wait(time.Second)
		p.Add(7)
		if got, want := out.String(), "\rscan: 7\x1b[K"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// wait lets the bubble's time pass.
func wait(d time.Duration) { <-time.After(d) }

func TestIsTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if cli.IsTerminal(file) || cli.IsTerminal(null) || cli.IsTerminal(&strings.Builder{}) {
		t.Error("got a terminal, want a file, the null device and a buffer to be none")
	}
}
