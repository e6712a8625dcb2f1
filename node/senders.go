package node

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"officermobile/clock"
	"officermobile/config"
	"officermobile/models"
	"officermobile/push"
	"officermobile/push/apns"
	"officermobile/push/fcm"
	"officermobile/push/webpush"
)

// senders are the clients of the push providers. When the settings of one change it gets another client, while the
// server runs; settings that can't be used change nothing.
type senders struct {
	clock   clock.Clock
	logger  *slog.Logger
	metrics *metrics
	now     atomic.Pointer[senderSet]
	fault   atomic.Pointer[string] // why the latest settings are not in use; nil: they are
}

// senderSet is what is in use. It is never changed, only replaced.
type senderSet struct {
	settings config.Push
	apple    map[push.Environment]closer // sandbox and production are two clients with connections of their own
	google   closer
	web      closer
	webKey   string // that browsers subscribe with
}

// closer is a sender that holds connections.
type closer interface {
	push.Sender
	Close()
}

// of is the sender for an address; nil where none is configured.
func (s *senders) of(a push.Address) push.Sender {
	set := s.now.Load()
	var found closer
	provider := "fcm"
	switch a.Kind {
	case push.APNs:
		found, provider = set.apple[a.Environment], "apns"
	case push.WebPush:
		found, provider = set.web, "webpush"
	default:
		found = set.google
	}
	if found == nil {
		return nil
	}
	return s.metrics.counting(provider, found)
}

// admit answers a *models.Error of KindInvalid for an address of an iPhone whose app the settings don't name. Apple is asked
// under the name that the app gave: a wrong one would look like a fault of ours. Google has its project to tell.
func (s *senders) admit(a push.Address) error {
	set := s.now.Load()
	if a.Kind != push.APNs || !set.settings.APNs.Enabled() || slices.Contains(set.settings.APNs.Topics(), a.App) {
		return nil
	}
	return models.Invalid("app", "is not an app that this server rings")
}

// use puts settings into use, all of them or none. Clients whose settings are as before stay, with their connections
// and tokens. It reports whether anything changed.
func (s *senders) use(p config.Push) (changed bool, err error) {
	old := s.now.Load()
	if old == nil {
		old = &senderSet{}
	}
	if p.APNs == old.settings.APNs && p.FCM == old.settings.FCM && p.Web == old.settings.Web && s.now.Load() != nil {
		return false, nil
	}
	next := &senderSet{settings: p, apple: old.apple, google: old.google, web: old.web, webKey: old.webKey}
	var gone, made []closer
	defer func() {
		if err != nil {
			gone = made
		}
		for _, c := range gone {
			c.Close()
		}
	}()
	if p.APNs != old.settings.APNs {
		gone, next.apple = appendAll(gone, old.apple), nil
		if next.apple, err = s.openAPNs(p.APNs); err != nil {
			return false, err
		}
		made = appendAll(made, next.apple)
	}
	if p.FCM != old.settings.FCM {
		gone = appendOne(gone, old.google)
		if next.google, err = s.openFCM(p.FCM); err != nil {
			return false, err
		}
		made = appendOne(made, next.google)
	}
	if p.Web != old.settings.Web {
		gone = appendOne(gone, old.web)
		if next.web, next.webKey, err = s.openWebPush(p.Web); err != nil {
			return false, err
		}
	}
	s.now.Store(next)
	return true, nil
}

func appendAll(to []closer, all map[push.Environment]closer) []closer {
	for _, c := range all {
		to = append(to, c)
	}
	return to
}

func appendOne(to []closer, c closer) []closer {
	if c == nil {
		return to
	}
	return append(to, c)
}

// reporters are the senders in use that tell how they are, by the names that breakers have.
func (s *senders) reporters() map[string]push.Reporter {
	set, all := s.now.Load(), map[string]push.Reporter{}
	if set == nil {
		return all
	}
	add := func(name string, c closer) {
		if r, ok := c.(push.Reporter); ok {
			all[name] = r
		}
	}
	for environment, c := range set.apple {
		add(string(push.APNs)+"/"+string(environment), c)
	}
	add("fcm", set.google)
	add(string(push.WebPush), set.web)
	return all
}

// close lets go of all connections.
func (s *senders) close(context.Context) error {
	if set := s.now.Load(); set != nil {
		for _, c := range appendOne(appendOne(appendAll(nil, set.apple), set.google), set.web) {
			c.Close()
		}
	}
	return nil
}

// lookForCredentials is how often the settings are read again: a few small files, and a new key is wanted soon.
const lookForCredentials = 10 * time.Second

// watch puts changed settings into use until ctx ends; each use is followed by changed. What can't be used is logged
// when it appears, and stays in fault until it is mended. Without read there is nothing to watch.
func (s *senders) watch(ctx context.Context, read func() (config.Config, error), changed func()) {
	for read != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookForCredentials):
		}
		cfg, err := read()
		news := false
		if err == nil {
			news, err = s.use(cfg.Push)
		}
		s.note(err)
		if news {
			s.logger.Info("push: the settings of a provider have changed and are in use")
			changed()
		}
	}
}

// note keeps why settings can't be used, and logs it once. The errors name settings and hold no value.
func (s *senders) note(err error) {
	if err == nil {
		s.fault.Store(nil)
		return
	}
	text := err.Error()
	if old := s.fault.Swap(&text); old == nil || *old != text {
		s.logger.Error("push: the settings have changed and can't be used; the former ones stay", "error", text)
	}
}

// bothEnvironments is the choice of push.apns.environment that rings apps of either.
const bothEnvironments = "both"

func (s *senders) openAPNs(c config.APNs) (map[push.Environment]closer, error) {
	if !c.Enabled() {
		return nil, nil
	}
	environments := []push.Environment{push.Environment(c.Environment)}
	if c.Environment == bothEnvironments {
		environments = []push.Environment{push.Production, push.Sandbox}
	}
	all := map[push.Environment]closer{}
	for _, e := range environments {
		opts := apns.Options{Environment: e, KeyID: c.KeyID, TeamID: c.TeamID, Key: []byte(c.Key.Reveal()), Clock: s.clock}
		if c.TestHost != "" {
			roots, err := rootsOf("push.apns.test_ca_file", c.TestCAFile)
			if err != nil {
				return nil, err
			}
			opts.TestURL, opts.TestRoots = "https://"+c.TestHost, roots
		}
		sender, err := apns.New(opts)
		if err != nil {
			return nil, fmt.Errorf("push.apns: %w", err)
		}
		all[e] = sender
	}
	return all, nil
}

func (s *senders) openFCM(c config.FCM) (closer, error) {
	if !c.Enabled() {
		return nil, nil
	}
	opts := fcm.Options{ServiceAccount: []byte(c.ServiceAccount.Reveal()), Clock: s.clock}
	if c.TestEndpoint != "" {
		roots, err := rootsOf("push.fcm.test_ca_file", c.TestCAFile)
		if err != nil {
			return nil, err
		}
		opts.TestURL, opts.TestRoots = c.TestEndpoint, roots
	}
	sender, err := fcm.New(opts)
	if err != nil {
		return nil, fmt.Errorf("push.fcm: %w", err)
	}
	return sender, nil
}

func (s *senders) openWebPush(c config.WebPush) (closer, string, error) {
	if !c.Enabled() {
		return nil, "", nil
	}
	key, err := webpush.NewKey([]byte(c.Key.Reveal()), c.Subject)
	if err != nil {
		return nil, "", fmt.Errorf("push.web: %w", err)
	}
	opts := webpush.Options{Key: key, Clock: s.clock}
	if c.TestEndpoint != "" {
		roots, err := rootsOf("push.web.test_ca_file", c.TestCAFile)
		if err != nil {
			return nil, "", err
		}
		opts.TestURL, opts.TestRoots = c.TestEndpoint, roots
	}
	sender, err := webpush.New(opts)
	if err != nil {
		return nil, "", fmt.Errorf("push.web: %w", err)
	}
	return sender, key.Public(), nil
}

// rootsOf reads the authority that a simulator's certificate is signed by.
func rootsOf(key, path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read", key)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New(key + " holds no certificate")
	}
	return pool, nil
}
