package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"officermobile/cli"
	"officermobile/config"
	"officermobile/models"
	"officermobile/node"
	"officermobile/office"
	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/replay"
	"officermobile/replay/calls"
	"officermobile/replay/child"
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

// workFolder is where a run keeps what it makes.
func workFolder(keep string) (folder string, remove func(), err error) {
	if keep != "" {
		return keep, func() {}, os.MkdirAll(keep, 0o700)
	}
	folder, err = os.MkdirTemp("", "officermobile-replay-")
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

// rehearsalServer runs this program as the server under test.
type rehearsalServer struct {
	command *ReplayCmd
	phones  *pushtest.Services
}

// store is where the server keeps things.
func (r *rehearsalServer) store(folder string) string {
	if r.command.Store != "" {
		return r.command.Store
	}
	return folder
}

// bootstrap makes the agency before the server is first started.
func (r *rehearsalServer) bootstrap(ctx context.Context, s replay.ServerSpec) (replay.Account, error) {
	cfg := config.Defaults()
	cfg.Log.Level = "error"
	cfg.Store = config.Store{Address: config.Secret(r.store(s.Folder)), MongoAllowStandalone: true}
	cfg.Clock = config.Clock{Origin: s.ClockOrigin, Anchor: s.ClockAnchor, Speed: s.ClockSpeed}
	o, err := office.Open(ctx, cfg, office.Options{})
	if err != nil {
		return replay.Account{}, err
	}
	a, err := o.Found(ctx, "Replay")
	return replay.Account{Agency: a.Agency, Username: a.Username, Password: a.Password}, errors.Join(err, o.Close(ctx))
}

// start runs the server as a process of its own.
func (r *rehearsalServer) start(ctx context.Context, s replay.ServerSpec) (replay.Server, error) {
	env, err := r.environment(s.Folder)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(filepath.Dir(s.Folder), "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own copy
	url := "http://" + s.Listen
	process, err := startSelf(ctx, child.Spec{
		Env: env, Ready: url + "/readyz", Log: log,
		Args: []string{
			"serve", "--store", r.store(s.Folder), "--listen", s.Listen,
			"--clock-speed", fmt.Sprint(s.ClockSpeed), "--clock-origin", s.ClockOrigin.Format(time.RFC3339Nano),
			"--clock-anchor", s.ClockAnchor.Format(time.RFC3339Nano),
		},
	})
	if err != nil {
		return nil, err
	}
	return runningServer{process, url}, nil
}

// rehearsalRate is requests a second: a rehearsal's seconds are short, and all its devices have one address.
const rehearsalRate = "100000"

// environment points the server to the simulated push services.
func (r *rehearsalServer) environment(folder string) ([]string, error) {
	c := r.phones.Config()
	dir := filepath.Dir(folder)
	files := map[string][]byte{"ca.pem": c.CA, "apns.p8": c.APNs.Key, "fcm.json": c.FCM.ServiceAccount}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return nil, err
		}
	}
	addressKey := filepath.Join(dir, "push.key")
	if _, err := node.OwnPushKey(addressKey); err != nil { // the same for all nodes, and after a restart
		return nil, err
	}
	var env []string
	for key, value := range map[string]string{
		"LOG_LEVEL": "warn", "STORE_MONGO_ALLOW_STANDALONE": "true",
		"LIMITS_USER_PER_SECOND": rehearsalRate, "LIMITS_DEVICE_PER_SECOND": rehearsalRate, "LIMITS_ADDRESS_PER_SECOND": rehearsalRate,
		"PUSH_APNS_KEY_FILE": filepath.Join(dir, "apns.p8"), "PUSH_APNS_KEY_ID": c.APNs.KeyID, "PUSH_APNS_TEAM_ID": c.APNs.TeamID,
		"PUSH_APNS_TOPIC": c.APNs.Topic, "PUSH_APNS_ENVIRONMENT": string(c.APNs.Environment),
		"PUSH_APNS_TEST_HOST": strings.TrimPrefix(c.APNs.URL, "https://"), "PUSH_APNS_TEST_CA_FILE": filepath.Join(dir, "ca.pem"),
		"PUSH_FCM_SERVICE_ACCOUNT_FILE": filepath.Join(dir, "fcm.json"), "PUSH_FCM_TEST_ENDPOINT": c.FCM.URL,
		"PUSH_FCM_TEST_CA_FILE": filepath.Join(dir, "ca.pem"), "PUSH_ADDRESS_KEY_FILE": addressKey,
	} {
		env = append(env, "OFFICERMOBILE_"+key+"="+value)
	}
	return env, nil
}

type runningServer struct {
	*child.Process
	url string
}

// URL is where the server answers.
func (s runningServer) URL() string { return s.url }

// providers are the simulated push services as the replay knows them.
type providers struct{ *pushtest.Services }

// NewAddress is of a new device that takes notifications.
func (p providers) NewAddress(kind string) replay.Address {
	sort := push.APNs
	if kind != string(push.APNs) {
		sort = push.FCMToken
	}
	a := p.NewDevice(sort)
	return replay.Address{Kind: string(a.Kind), Token: a.Token, Environment: string(a.Environment), App: a.App}
}

// Journal is what came behind a number.
func (p providers) Journal(after int) []replay.Push {
	entries := p.Services.Journal(after)
	pushes := make([]replay.Push, len(entries))
	for i, e := range entries {
		pushes[i] = replay.Push{N: e.N, At: e.At, Token: e.Token, Notification: e.Notification, Accepted: e.Accepted}
	}
	return pushes
}
