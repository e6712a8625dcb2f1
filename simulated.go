package main

import (
	"fmt"
	"net/url"
	"os"

	"officermobile/config"
	"officermobile/push/pushtest"
)

// ringSimulated starts local push services and points the configuration to them, so that a demonstration needs no
// account with anybody.
func ringSimulated(cfg *config.Config) (*pushtest.Services, error) {
	services, err := pushtest.Start(pushtest.Options{Open: true})
	if err != nil {
		return nil, err
	}
	c := services.Config()
	ca, err := os.CreateTemp("", "officermobile-ca-*.pem")
	if err != nil {
		services.Close()
		return nil, fmt.Errorf("write the simulators' authority: %w", err)
	}
	if _, err := ca.Write(c.CA); err != nil {
		services.Close()
		return nil, fmt.Errorf("write the simulators' authority: %w", err)
	}
	if err := ca.Close(); err != nil {
		services.Close()
		return nil, fmt.Errorf("write the simulators' authority: %w", err)
	}
	apple, err := url.Parse(c.APNs.URL)
	if err != nil {
		services.Close()
		return nil, err
	}
	cfg.Push.APNs = config.APNs{
		Key: config.Secret(c.APNs.Key), KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID, Topic: c.APNs.Topic,
		Environment: string(c.APNs.Environment), TestHost: apple.Host, TestCAFile: ca.Name(),
	}
	cfg.Push.FCM = config.FCM{ServiceAccount: config.Secret(c.FCM.ServiceAccount), TestEndpoint: c.FCM.URL, TestCAFile: ca.Name()}
	return services, nil
}
