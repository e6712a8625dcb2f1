package config

import (
	"strings"
	"time"
)

// check holds the rules between settings.
func (c *Config) check() error {
	for _, rule := range []func(*Config) *Error{checkStore, checkTLS, checkAdmin, checkSession, checkAPNs, checkTests} {
		if e := rule(c); e != nil {
			return e
		}
	}
	return nil
}

// IsMongo reports an address of MongoDB; any other is a folder.
func (s Store) IsMongo() bool {
	address := s.Address.Reveal()
	return strings.HasPrefix(address, "mongodb://") || strings.HasPrefix(address, "mongodb+srv://")
}

func checkStore(c *Config) *Error {
	address := c.Store.Address.Reveal()
	if address == "" {
		return &Error{Key: "store.address", Problem: "must not be empty"}
	}
	if strings.Contains(address, "://") && !c.Store.IsMongo() {
		return &Error{Key: "store.address", Problem: "must be a folder, or begin with mongodb:// or mongodb+srv://"}
	}
	return nil
}

func checkTLS(c *Config) *Error {
	if c.Server.TLSCertFile != "" && c.Server.TLSKeyFile == "" {
		return &Error{Key: "server.tls_key_file", Problem: "must be given with server.tls_cert_file"}
	}
	if c.Server.TLSKeyFile != "" && c.Server.TLSCertFile == "" {
		return &Error{Key: "server.tls_cert_file", Problem: "must be given with server.tls_key_file"}
	}
	return nil
}

func checkAdmin(c *Config) *Error {
	admin := c.Server.AdminListen
	if admin == "" {
		return nil
	}
	if admin == c.Server.Listen && !strings.HasSuffix(admin, ":0") {
		return &Error{Key: "server.admin_listen", Problem: "must differ from server.listen"}
	}
	if !loopback(admin) && c.Server.AdminToken == "" {
		return &Error{Key: "server.admin_token", Problem: "must be given, since server.admin_listen is not on the loopback"}
	}
	return nil
}

// leastPBKDF2 is OWASP's advice for PBKDF2-HMAC-SHA256.
const leastPBKDF2 = 600_000

func checkSession(c *Config) *Error {
	if n := c.Session.PBKDF2; n != 0 && n < leastPBKDF2 {
		return &Error{Key: "session.pbkdf2_iterations", Problem: "must be 0 or at least 600000"}
	}
	if c.Session.Idle > 0 && c.Session.Access > c.Session.Idle/2 {
		return &Error{Key: "session.access", Problem: "must not be longer than half of session.idle, by which a device shows life"}
	}
	if c.Session.Idle > c.Session.Absolute {
		return &Error{Key: "session.idle", Problem: "must not be longer than session.absolute"}
	}
	return nil
}

// checkAPNs wants all four or none: three of them is someone who believes that phones ring.
func checkAPNs(c *Config) *Error {
	a := c.Push.APNs
	parts := []struct {
		key   string
		given bool
	}{
		{"push.apns.key", a.Key != ""},
		{"push.apns.key_id", a.KeyID != ""},
		{"push.apns.team_id", a.TeamID != ""},
		{"push.apns.topic", a.Topic != ""},
	}
	var missing, have string
	for _, p := range parts {
		if p.given {
			have = p.key
		} else if missing == "" {
			missing = p.key
		}
	}
	if missing == "" || have == "" {
		return nil
	}
	return &Error{Key: missing, Problem: "must be given with " + have}
}

func checkTests(c *Config) *Error {
	a := c.Push.APNs
	if a.TestCAFile != "" && a.TestHost == "" {
		return &Error{Key: "push.apns.test_host", Problem: "must be given with push.apns.test_ca_file"}
	}
	if a.TestHost != "" && !a.Enabled() {
		return &Error{Key: "push.apns.key", Problem: "must be given with push.apns.test_host"}
	}
	if c.Push.FCM.TestCAFile != "" && c.Push.FCM.TestEndpoint == "" {
		return &Error{Key: "push.fcm.test_endpoint", Problem: "must be given with push.fcm.test_ca_file"}
	}
	if c.Push.FCM.TestEndpoint != "" && !c.Push.FCM.Enabled() {
		return &Error{Key: "push.fcm.service_account", Problem: "must be given with push.fcm.test_endpoint"}
	}
	return checkWeb(c.Push.Web)
}

func checkWeb(w WebPush) *Error {
	switch {
	case w.Enabled() && w.Subject == "":
		return &Error{Key: "push.web.subject", Problem: "must be given with push.web.key"}
	case !w.Enabled() && w.Subject != "":
		return &Error{Key: "push.web.key", Problem: "must be given with push.web.subject"}
	case w.TestCAFile != "" && w.TestEndpoint == "":
		return &Error{Key: "push.web.test_endpoint", Problem: "must be given with push.web.test_ca_file"}
	case w.TestEndpoint != "" && !w.Enabled():
		return &Error{Key: "push.web.key", Problem: "must be given with push.web.test_endpoint"}
	}
	return nil
}

// Warning is a setting that is allowed and shouldn't be so in service.
type Warning struct {
	Key     string
	Problem string // completes the sentence
}

// String is one sentence.
func (w Warning) String() string { return w.Key + " " + w.Problem }

func (c *Config) warnings() []Warning {
	var list []Warning
	warn := func(when bool, key, problem string) {
		if when {
			list = append(list, Warning{Key: key, Problem: problem})
		}
	}
	const simulator = "sends notifications to a simulator, so no phone rings"
	warn(!c.Server.TLS() && !loopback(c.Server.Listen), "server.listen", "is open to the network without TLS; put a proxy that ends TLS in front")
	warn(c.Store.MongoAllowStandalone && c.Store.IsMongo(), "store.mongo_allow_standalone", "allows a database that can lose what it has acknowledged")
	warn(c.Session.Idle > cjisIdle, "session.idle", "is longer than the CJIS policy allows")
	warn(c.Session.Absolute > cjisAbsolute, "session.absolute", "is longer than the CJIS policy allows")
	warn(c.Push.APNs.TestHost != "", "push.apns.test_host", simulator)
	warn(c.Push.FCM.TestEndpoint != "", "push.fcm.test_endpoint", simulator)
	warn(c.Push.Web.TestEndpoint != "", "push.web.test_endpoint", simulator)
	warn(c.Clock.Speed != 1, "clock.speed", "makes the server's time run at another pace than real time")
	warn(!c.Clock.Origin.IsZero(), "clock.origin", "makes the server live at another time than the present")
	warn(c.Push.WaitUrgent > maxUrgentWait, "push.wait_urgent", "lets an urgent message wait longer than ten seconds")
	return list
}

// maxUrgentWait is how long an officer in trouble should wait at most for a colleague's phone to ring.
const maxUrgentWait = 10 * time.Second
