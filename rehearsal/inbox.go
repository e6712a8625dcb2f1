package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"officermobile/cli"
	"officermobile/push/pushtest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// InboxCmd shows what officers see on simulated phones.
type InboxCmd struct {
	At   string `default:"http://127.0.0.1:8089" help:"Control address that serve --demo or pushtest printed."`
	JSON bool   `name:"json" help:"One JSON object a line for each thing that arrives."`
	Once bool   `help:"Show what there is, and end."`
}

// errShown ends a watch that was to look once.
var errShown = errors.New("shown")

// Run shows until it is told to stop: a table that stays current on a terminal, else a line for each arrival.
func (c *InboxCmd) Run(ctx context.Context, out io.Writer) error {
	show := printArrivals(out)
	switch {
	case c.JSON:
		show = encodeArrivals(out)
	case isTerminal(out):
		show = drawPhones(out)
	}
	err := pushtest.Follow(ctx, c.At, func(v pushtest.View) error {
		if err := show(v); err != nil || !c.Once {
			return err
		}
		return errShown
	})
	switch {
	case errors.Is(err, errShown):
		return nil
	case errors.Is(err, pushtest.ErrNoServices):
		return fmt.Errorf("%w; start officermobile serve --demo or officermobile pushtest, and give --at what it prints", err)
	}
	return err
}

// isTerminal reports somebody who reads at a screen.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func encodeArrivals(out io.Writer) func(pushtest.View) error {
	return func(v pushtest.View) error {
		for _, a := range v.Arrivals {
			if err := json.MarshalWrite(out, a, jsontext.EscapeForHTML(false)); err != nil {
				return err
			}
			if _, err := io.WriteString(out, "\n"); err != nil {
				return err
			}
		}
		return nil
	}
}

func printArrivals(out io.Writer) func(pushtest.View) error {
	return func(v pushtest.View) error {
		for _, a := range v.Arrivals {
			if _, err := fmt.Fprintln(out, arrivalLine(a)); err != nil {
				return err
			}
		}
		return nil
	}
}

// arrivalLine is one arrival in words.
func arrivalLine(a pushtest.Arrival) string {
	head := fmt.Sprintf("%s  %-24s  badge %d", a.At.Local().Format(time.TimeOnly), a.Phone, a.Badge)
	switch {
	case a.Shown != nil:
		return cli.Printable(fmt.Sprintf("%s  %-9s  %s: %s%s", head, a.Shown.Class, a.Shown.Title, a.Shown.Text, again(*a.Shown)))
	case a.Wake:
		return cli.Printable(head + "  (the app wakes and syncs)")
	}
	return cli.Printable(head)
}

// again says what a notification took the place of.
func again(s pushtest.Shown) string {
	if s.Rings < 2 {
		return ""
	}
	return fmt.Sprintf(" (in place of the last, ring %d)", s.Rings)
}

// clearScreen moves to the top left and empties what is below.
const clearScreen = "\x1b[H\x1b[2J"

// drawPhones draws every screen anew at each arrival.
func drawPhones(out io.Writer) func(pushtest.View) error {
	return func(v pushtest.View) error {
		if _, err := io.WriteString(out, clearScreen); err != nil {
			return err
		}
		return writePhones(out, v)
	}
}

// writePhones is a table of what stands on every screen, newest first.
func writePhones(out io.Writer, v pushtest.View) error {
	t := cli.NewTable("phone", "badge", "at", "class", "title", "text", "rings", "thread")
	for _, p := range v.Phones {
		name := p.Name
		if p.Reach != pushtest.Awake {
			name += " (" + string(p.Reach) + ")"
		}
		if len(p.Inbox.Shown) == 0 {
			t.Row(name, p.Inbox.Badge)
		}
		for i := len(p.Inbox.Shown) - 1; i >= 0; i-- {
			s := p.Inbox.Shown[i]
			t.Row(name, p.Inbox.Badge, s.At.Local().Format(time.TimeOnly), s.Class, s.Title, s.Text, s.Rings, s.Thread)
			name = ""
		}
	}
	_, err := t.WriteTo(out)
	return err
}
