package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"syscall"

	"officermobile/config"
	"officermobile/push/pushtest"
)

// Simulated are push services on this machine, which a server's settings point to.
type Simulated struct {
	services  *pushtest.Services
	authority string // the file that their certificate is checked with
	answering sync.WaitGroup
	silence   context.CancelFunc // ends it
}

// Simulate starts push services and points the settings to them, so that a demonstration needs no account with anybody.
func Simulate(cfg *config.Config) (*Simulated, error) {
	services, err := pushtest.Start(pushtest.Options{Open: true, ControlPort: pushtest.ControlPort})
	if errors.Is(err, syscall.EADDRINUSE) {
		services, err = pushtest.Start(pushtest.Options{Open: true})
	}
	if err != nil {
		return nil, err
	}
	c := services.Config()
	s := &Simulated{services: services}
	s.authority, err = writeTemporary(c.CA)
	apple, urlErr := url.Parse(c.APNs.URL)
	if err := errors.Join(err, urlErr); err != nil {
		s.Close()
		return nil, fmt.Errorf("start simulated push services: %w", err)
	}
	cfg.Push.APNs = config.APNs{
		Key: config.Secret(c.APNs.Key), KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID, Topic: c.APNs.Topic,
		Environment: string(c.APNs.Environment), TestHost: apple.Host, TestCAFile: s.authority,
	}
	cfg.Push.FCM = config.FCM{ServiceAccount: config.Secret(c.FCM.ServiceAccount), TestEndpoint: c.FCM.URL, TestCAFile: s.authority}
	cfg.Push.Web = config.WebPush{Key: config.Secret(c.Web.Key), Subject: c.Web.Subject, TestEndpoint: c.Web.URL, TestCAFile: s.authority}
	return s, nil
}

// Close ends the services, and the phones.
func (s *Simulated) Close() {
	if s.silence != nil {
		s.silence()
	}
	s.answering.Wait()
	s.services.Close()
	os.Remove(s.authority)
}

// writeTemporary puts bytes into a new file that only this user can read.
func writeTemporary(b []byte) (path string, err error) {
	f, err := os.CreateTemp("", "officermobile-*.pem")
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	return f.Name(), errors.Join(err, f.Close())
}
