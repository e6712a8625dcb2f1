package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"officermobile/config"
	"officermobile/node"
	"officermobile/office"
	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/replay"
	"officermobile/replay/child"
)

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
	dir := filepath.Dir(s.Folder)
	env, err := r.environment(dir)
	if err != nil {
		return nil, err
	}
	settings, err := writePushSettings(dir, r.phones.Config())
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own copy
	url := "http://" + s.Listen
	process, err := startSelf(ctx, child.Spec{
		Env: env, Ready: url + "/readyz", Log: log,
		Args: []string{
			"serve", "--config", settings, "--store", r.store(s.Folder), "--listen", s.Listen,
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

// environment is the settings in which a rehearsal's server differs from a real one.
func (r *rehearsalServer) environment(dir string) ([]string, error) {
	addressKey := filepath.Join(dir, "push.key")
	if _, err := node.OwnPushKey(addressKey); err != nil { // the same for all nodes, and after a restart
		return nil, err
	}
	return []string{
		"OFFICERMOBILE_LOG_LEVEL=warn", "OFFICERMOBILE_STORE_MONGO_ALLOW_STANDALONE=true", "OFFICERMOBILE_LIMITS_USER_PER_SECOND=" + rehearsalRate,
		"OFFICERMOBILE_LIMITS_DEVICE_PER_SECOND=" + rehearsalRate, "OFFICERMOBILE_LIMITS_ADDRESS_PER_SECOND=" + rehearsalRate,
		"OFFICERMOBILE_PUSH_ADDRESS_KEY_FILE=" + addressKey,
	}, nil
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
