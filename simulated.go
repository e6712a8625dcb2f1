package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"syscall"

	"officermobile/config"
	"officermobile/push/pushtest"
)

// ringSimulated starts local push services and points the configuration to them, so that a demonstration needs no
// account with anybody. end takes them away again.
func ringSimulated(cfg *config.Config) (services *pushtest.Services, end func(), err error) {
	services, err = pushtest.Start(pushtest.Options{Open: true, ControlPort: pushtest.ControlPort})
	if errors.Is(err, syscall.EADDRINUSE) {
		services, err = pushtest.Start(pushtest.Options{Open: true})
	}
	if err != nil {
		return nil, nil, err
	}
	c := services.Config()
	authority, err := writeTemporary(c.CA)
	end = func() {
		services.Close()
		os.Remove(authority)
	}
	apple, urlErr := url.Parse(c.APNs.URL)
	if err := errors.Join(err, urlErr); err != nil {
		end()
		return nil, nil, fmt.Errorf("start simulated push services: %w", err)
	}
	cfg.Push.APNs = config.APNs{
		Key: config.Secret(c.APNs.Key), KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID, Topic: c.APNs.Topic,
		Environment: string(c.APNs.Environment), TestHost: apple.Host, TestCAFile: authority,
	}
	cfg.Push.FCM = config.FCM{ServiceAccount: config.Secret(c.FCM.ServiceAccount), TestEndpoint: c.FCM.URL, TestCAFile: authority}
	cfg.Push.Web = config.WebPush{Key: config.Secret(c.Web.Key), Subject: c.Web.Subject, TestEndpoint: c.Web.URL, TestCAFile: authority}
	return services, end, nil
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
