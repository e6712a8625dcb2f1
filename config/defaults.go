package config

import "time"

// The defaults that have a reason beyond being usual.
const (
	// defaultListen is the loopback, so that a first try on a laptop exposes nothing.
	defaultListen = "127.0.0.1:8080"
	// defaultAddressRate is high since the officers of a station come from one address.
	defaultAddressRate = 500
	// defaultDeviceRate is several times what the app's busiest second needs.
	defaultDeviceRate = 20
	// defaultUserRate allows an officer's phone, tablet and console at once.
	defaultUserRate = 50
	// defaultRatio keeps a tenth: what is usual shows in it, and what is rare is in the log.
	defaultRatio = 0.1
	// defaultHeartbeat is well under the 70 s after which a phone reconnects, and under the 30 s of strict proxies.
	defaultHeartbeat = 25 * time.Second
	// The CJIS policy: idle for 30 minutes, 12 hours in all. Without that policy there is no idle limit, for an officer
	// back from an hour without coverage must not have to sign in again.
	cjisIdle      = 30 * time.Minute
	cjisAbsolute  = 12 * time.Hour
	defaultAccess = 10 * time.Minute
)

// Defaults is a configuration that runs on a laptop as it is.
func Defaults() Config {
	return Config{
		Server:  Server{Listen: defaultListen, Heartbeat: defaultHeartbeat, DrainSpread: 5 * time.Second},
		Store:   Store{Address: "./data"},
		Log:     Log{Level: "info", Format: "json"},
		Trace:   Trace{Ratio: defaultRatio},
		Session: Session{Access: defaultAccess, Absolute: cjisAbsolute},
		Limits: Limits{
			UserPerSecond:    defaultUserRate,
			DevicePerSecond:  defaultDeviceRate,
			AddressPerSecond: defaultAddressRate,
		},
		Push: Push{
			APNs:           APNs{Environment: "production"},
			WaitMessage:    8 * time.Second,
			WaitInvitation: 5 * time.Second,
			WaitUrgent:     2 * time.Second,
		},
		Clock: Clock{Speed: 1},
	}
}
