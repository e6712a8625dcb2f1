package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"officermobile/cli"
	"officermobile/models"
	"officermobile/push/pushtest"
	"officermobile/replay"
	"officermobile/replay/calls"
	"officermobile/replay/faultnet"
	"officermobile/replay/shift"
	"officermobile/replay/texts"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ReplayCmd plays recorded hours against a server and checks what came of it.
type ReplayCmd struct {
	Calls   string    `type:"existingfile" help:"Calls for service, CSV; without it a small invented town."`
	Texts   string    `type:"existingfile" help:"What people write, JSON lines or text lines; without it an invented corpus."`
	Network string    `type:"existingdir" help:"Folder of network traces, CSV; without it synthetic ones."`
	From    time.Time `help:"Begin of the hours (RFC 3339). Without it, that of the invented town."`
	Minutes int       `default:"60" help:"How many minutes to play."`
	Speed   float64   `default:"60" help:"Times as fast as recorded."`
	Seed    uint64    `default:"1" help:"Repeats a run."`
	JSON    bool      `help:"Print the report as JSON."`
	Keep    string    `help:"Keep the data of the run in this folder."`

	Store    string `help:"Where the server keeps things: an empty folder, or a mongodb:// address. Without it, a temporary folder."`
	Server   string `help:"Address of a server that runs already, with the same clock; it is not killed, and pushes are not judged."`
	Agency   string `help:"Of --server: the agency's id."`
	Username string `default:"admin" help:"Of --server: an administrator; the password is in $OFFICERMOBILE_REPLAY_PASSWORD."`
}

// errReplayFailed ends a run in which a check does not hold; the table has said which.
var errReplayFailed = errors.New("the replay found what must not be; see the table")

// Run plays and reports.
func (c *ReplayCmd) Run(ctx context.Context, out io.Writer) error {
	options, done, err := c.options(ctx)
	if err != nil {
		return err
	}
	defer done()
	report, err := replay.Run(ctx, options)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.MarshalWrite(out, report, jsontext.WithIndent("  "))
	} else {
		_, err = report.WriteTo(out)
	}
	if err == nil && report.Failed() {
		return errReplayFailed
	}
	return err
}

func (c *ReplayCmd) options(ctx context.Context) (o replay.Options, done func(), err error) {
	o = replay.Options{Speed: c.Speed, Progress: os.Stderr}
	if o.Plan, err = c.plan(); err != nil {
		return o, nil, err
	}
	if o.Traces, err = c.traces(); err != nil {
		return o, nil, err
	}
	folder, remove, err := workFolder(c.Keep)
	if err != nil {
		return o, nil, err
	}
	o.Folder = folder
	if c.Server != "" {
		o.URL = c.Server
		o.Bootstrap = func(context.Context, replay.ServerSpec) (replay.Account, error) { return c.account() }
		return o, remove, nil
	}
	phones, err := pushtest.Start(pushtest.Options{Unlimited: true})
	if err != nil {
		remove()
		return o, nil, err
	}
	r := &rehearsalServer{command: c, phones: phones}
	o.Start, o.Bootstrap, o.Providers = r.start, r.bootstrap, providers{phones}
	return o, func() { phones.Close(); remove() }, nil
}

// workFolder is where a run keeps what it makes: the one asked for, or else one that is removed at the end.
func workFolder(keep string) (folder string, remove func(), err error) {
	if keep != "" {
		return keep, func() {}, os.MkdirAll(keep, 0o700)
	}
	folder, err = os.MkdirTemp("", "officermobile-")
	return folder, func() { os.RemoveAll(folder) }, err
}

func (c *ReplayCmd) plan() (shift.Shift, error) {
	from, minutes := c.From, c.Minutes
	all, begin, err := calls.Builtin()
	if c.Calls != "" {
		all, err = readFile(c.Calls, func(r io.Reader) ([]calls.Call, error) {
			read, _, err := calls.Read(r)
			return read, err
		})
	}
	if err != nil {
		return shift.Shift{}, err
	}
	if from.IsZero() {
		if c.Calls != "" {
			return shift.Shift{}, cli.Usagef("--from is missing; the file covers %s", calls.SpanOf(all))
		}
		from = begin
	}
	corpus, err := texts.Builtin()
	if c.Texts != "" {
		corpus, err = readFile(c.Texts, func(r io.Reader) ([]texts.Text, error) { return texts.Read(r, texts.FormatOf(c.Texts)) })
	}
	if err != nil {
		return shift.Shift{}, err
	}
	return shift.Plan(all, corpus, shift.Options{From: from, Minutes: minutes, Seed: c.Seed})
}

func readFile[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := os.Open(path)
	if err != nil {
		return none, fmt.Errorf("%s can't be read", filepath.Base(path))
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		return none, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return v, nil
}

func (c *ReplayCmd) traces() ([]faultnet.Trace, error) {
	if c.Network == "" {
		return faultnet.Synthetic(), nil
	}
	return faultnet.LoadTraces(os.DirFS(c.Network))
}

// account is the administrator of a server that runs already.
func (c *ReplayCmd) account() (replay.Account, error) {
	id, err := models.ParseID[struct{}](c.Agency)
	if err != nil {
		return replay.Account{}, cli.Usagef("--agency: %v", err)
	}
	return replay.Account{Agency: models.AgencyID(id), Username: c.Username, Password: os.Getenv("OFFICERMOBILE_REPLAY_PASSWORD")}, nil
}
