package config

import "time"

// setting is one row of the table: a key, how its text is read and shown, and the sentence that documents it.
type setting struct {
	key    string
	doc    string
	field  value
	secret bool // has a _file variant and is never shown
}

// settings is the table of all settings, bound to the fields of c. Order here is order in docs/CONFIG.md.
func settings(c *Config) []setting {
	return concat(
		serverSettings(&c.Server),
		storeSettings(&c.Store),
		logSettings(&c.Log),
		traceSettings(&c.Trace),
		sessionSettings(&c.Session),
		limitSettings(&c.Limits),
		clientSettings(&c.Client),
		pushSettings(&c.Push),
		clockSettings(&c.Clock),
	)
}

func concat(groups ...[]setting) []setting {
	var all []setting
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func serverSettings(s *Server) []setting {
	return []setting{
		{key: "server.listen", doc: "Where the server listens.", field: address(&s.Listen, required)},
		{key: "server.admin_listen", doc: "Where profiles are served; empty for nowhere.", field: address(&s.AdminListen, optional)},
		{key: "server.admin_token", doc: "Bearer token of the admin listener. Needed when that is not on the loopback.", field: hidden(&s.AdminToken, 16), secret: true},
		{key: "server.tls_cert_file", doc: "Certificate chain, PEM. Empty leaves TLS to a proxy in front.", field: text(&s.TLSCertFile)},
		{key: "server.tls_key_file", doc: "Private key of the certificate, PEM.", field: text(&s.TLSKeyFile)},
		{key: "server.trusted_proxies", doc: "Networks whose X-Forwarded-For is believed; empty for none.", field: networks(&s.TrustedProxies)},
		{key: "server.heartbeat", doc: "Pause between heartbeats of a quiet stream. Phones reconnect after 70 s of silence.", field: duration(&s.Heartbeat, 5*time.Second, time.Minute)},
		{key: "server.drain_spread", doc: "At shutdown, devices are told to return spread over at least this time; more when there are many.", field: duration(&s.DrainSpread, time.Second, 10*time.Minute)},
	}
}

func storeSettings(s *Store) []setting {
	return []setting{
		{key: "store.address", doc: "A folder for the embedded store, or a mongodb:// or mongodb+srv:// address.", field: hidden(&s.Address, 1), secret: true},
		{key: "store.mongo_allow_standalone", doc: "Accept a MongoDB that is not a replica set, which can lose what it has acknowledged. For trials.", field: flag(&s.MongoAllowStandalone)},
	}
}

func logSettings(l *Log) []setting {
	return []setting{
		{key: "log.level", doc: "Least level that is written.", field: choice(&l.Level, "debug", "info", "warn", "error")},
		{key: "log.format", doc: "One JSON object a line, or text for people.", field: choice(&l.Format, "json", "text")},
	}
}

func traceSettings(t *Trace) []setting {
	return []setting{
		{key: "trace.endpoint", doc: "An OpenTelemetry collector that takes spans of requests by OTLP over HTTP: http://collector:4318. Empty turns traces off.", field: link(&t.Endpoint)},
		{key: "trace.ratio", doc: "The share of traces that is sent.", field: number(&t.Ratio, 0, 1)},
	}
}

func sessionSettings(s *Session) []setting {
	return []setting{
		{key: "session.access", doc: "Life of an access token.", field: duration(&s.Access, time.Minute, 10*time.Minute)},
		{key: "session.idle", doc: "A session ends after this long without activity; 0s for never. The CJIS policy allows 30m.", field: duration(&s.Idle, 0, 30*24*time.Hour)},
		{key: "session.absolute", doc: "A session ends this long after signing in. The CJIS policy allows 12h.", field: duration(&s.Absolute, time.Minute, 30*24*time.Hour)},
		{key: "session.pbkdf2_iterations", doc: "0: passwords are hashed by argon2id. Else by PBKDF2-HMAC-SHA256 with so many iterations, at least 600000, for installations under FIPS 140-3.", field: integer(&s.PBKDF2, 0, 10_000_000)},
	}
}

func clientSettings(c *Client) []setting {
	return []setting{
		{key: "client.minimum", doc: "Least version of each app that is served, by the Client-Version that it sends; older ones may only hand over what was written in them. Empty serves all.", field: releases(&c.Minimum)},
	}
}

func limitSettings(l *Limits) []setting {
	return []setting{
		{key: "limits.user_per_second", doc: "Requests a second of one user.", field: integer(&l.UserPerSecond, 1, 100_000)},
		{key: "limits.device_per_second", doc: "Requests a second of one device.", field: integer(&l.DevicePerSecond, 1, 100_000)},
		{key: "limits.address_per_second", doc: "Requests a second from one network address of people who are not signed in yet; a whole station may share one.", field: integer(&l.AddressPerSecond, 1, 100_000)},
	}
}

func pushSettings(p *Push) []setting {
	a, f, w := &p.APNs, &p.FCM, &p.Web
	return []setting{
		{key: "push.apns.key", doc: "Apple's signing key, the text of the .p8 file. Empty turns APNs off.", field: hidden(&a.Key, 1), secret: true},
		{key: "push.apns.key_id", doc: "Id of that key.", field: tenCharacters(&a.KeyID)},
		{key: "push.apns.team_id", doc: "Id of the developer team.", field: tenCharacters(&a.TeamID)},
		{key: "push.apns.topic", doc: "Bundle id of the app; of several with commas between. An address of another app is refused.", field: text(&a.Topic)},
		{key: "push.apns.environment", doc: "Which of Apple's two services the apps were signed for; both: each address says.", field: choice(&a.Environment, "production", "sandbox", "both")},
		{key: "push.apns.test_host", doc: "For tests: a simulator instead of Apple.", field: address(&a.TestHost, optional)},
		{key: "push.apns.test_ca_file", doc: "For tests: the authority that the simulator's certificate is signed by, PEM.", field: text(&a.TestCAFile)},
		{key: "push.fcm.service_account", doc: "Google's service account, the text of its JSON file. Empty turns FCM off.", field: hidden(&f.ServiceAccount, 1), secret: true},
		{key: "push.fcm.test_endpoint", doc: "For tests: a simulator instead of Google.", field: link(&f.TestEndpoint)},
		{key: "push.fcm.test_ca_file", doc: "For tests: the authority that the simulator's certificate is signed by, PEM.", field: text(&f.TestCAFile)},
		{key: "push.web.key", doc: "Private key on P-256, PEM, for the push services of browsers. Empty turns Web Push off. With another key every tablet has to subscribe anew.", field: hidden(&w.Key, 1), secret: true},
		{key: "push.web.subject", doc: "Whom a push service may write to: mailto: and an address, or an https link.", field: text(&w.Subject)},
		{key: "push.web.test_endpoint", doc: "For tests: a simulator instead of the browsers' services.", field: link(&w.TestEndpoint)},
		{key: "push.web.test_ca_file", doc: "For tests: the authority that the simulator's certificate is signed by, PEM.", field: text(&w.TestCAFile)},
		{key: "push.address_key", doc: "Keys that the addresses of phones are sealed with in the store: one a line, base64 of 32 bytes, the newest first. Empty: the embedded store makes a file push.key in its folder; with MongoDB it must be given where phones are rung.", field: hidden(&p.AddressKey, 1), secret: true},
		{key: "push.wait_message", doc: "How long a device in the foreground has to confirm a message before it is notified.", field: duration(&p.WaitMessage, 0, time.Minute)},
		{key: "push.wait_invitation", doc: "The same for an invitation or an assigned task.", field: duration(&p.WaitInvitation, 0, time.Minute)},
		{key: "push.wait_urgent", doc: "The same for an urgent message.", field: duration(&p.WaitUrgent, 0, time.Minute)},
	}
}

func clockSettings(k *Clock) []setting {
	return []setting{
		{key: "clock.origin", doc: "For rehearsals: what the clock shows at start; empty for the present.", field: instant(&k.Origin)},
		{key: "clock.anchor", doc: "For rehearsals: the wall time at which the clock shows its origin; empty for the start.", field: instant(&k.Anchor)},
		{key: "clock.speed", doc: "For rehearsals: how many times faster than real time the clock runs.", field: number(&k.Speed, 0.01, 1000)},
	}
}
