package config_test

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"officermobile/config"
)

// load reads with files in memory. "settings.yaml" is the configuration if there is one.
func load(files map[string]string, environ ...string) (config.Config, []config.Warning, error) {
	tree := make(fstest.MapFS)
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	path := ""
	if _, ok := files["settings.yaml"]; ok {
		path = "settings.yaml"
	}
	return config.LoadWith(func(name string) ([]byte, error) { return fs.ReadFile(tree, name) }, path, environ)
}

func yaml(text string) map[string]string { return map[string]string{"settings.yaml": text} }

func TestDefaultsLoadWithoutWarning(t *testing.T) {
	t.Parallel()
	got, warnings, err := load(nil, "HOME=/root", "PATH=/bin")
	if err != nil || len(warnings) > 0 {
		t.Fatalf("got error %v and warnings %v, want none", err, warnings)
	}
	if want := config.Defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryDefaultIsAllowed(t *testing.T) {
	t.Parallel()
	var environ []string
	c := config.Defaults()
	for line := range strings.Lines(c.Redacted()) {
		key, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if key == "store.address" || text == "" {
			continue
		}
		environ = append(environ, config.VariableOf(key)+"="+text)
	}
	got, _, err := load(nil, environ...)
	if err != nil {
		t.Fatalf("got %v, want what Redacted shows to load again", err)
	}
	if !reflect.DeepEqual(got, c) {
		t.Errorf("got %v, want %v", got, c)
	}
}

func TestEveryFieldHasOneSetting(t *testing.T) {
	t.Parallel()
	var c config.Config
	count := make(map[any]int)
	for _, field := range config.Fields(&c) {
		count[field]++
	}
	leaves(reflect.ValueOf(&c).Elem(), "Config", func(name string, v reflect.Value) {
		if got := count[v.Addr().Interface()]; got != 1 {
			t.Errorf("%s: got %d settings, want 1", name, got)
		}
		delete(count, v.Addr().Interface())
	})
	if len(count) != 0 {
		t.Errorf("got %d settings of no field, want 0", len(count))
	}
}

func leaves(v reflect.Value, name string, visit func(string, reflect.Value)) {
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		visit(name, v)
		return
	}
	for i := range v.NumField() {
		leaves(v.Field(i), name+"."+v.Type().Field(i).Name, visit)
	}
}

func TestEverySettingHasItsOwnVariable(t *testing.T) {
	t.Parallel()
	taken := make(map[string]string)
	for _, key := range config.Keys() {
		for _, name := range []string{config.VariableOf(key), config.VariableOf(key + "_file")} {
			if other, ok := taken[name]; ok {
				t.Errorf("%s: got the setting %s as well as %s", name, key, other)
			}
			taken[name] = key
		}
	}
}

func TestLaterSourceWins(t *testing.T) {
	t.Parallel()
	file := yaml("server:\n  listen: 127.0.0.1:1\n  heartbeat: 10s\n")
	c, _, err := load(file, "OFFICERMOBILE_SERVER_LISTEN=127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Server.Listen, "127.0.0.1:2"; got != want {
		t.Errorf("listen: got %q, want the environment's %q", got, want)
	}
	if got, want := c.Server.Heartbeat, 10*time.Second; got != want {
		t.Errorf("heartbeat: got %s, want the file's %s", got, want)
	}
	if got, want := c.Server.DrainSpread, config.Defaults().Server.DrainSpread; got != want {
		t.Errorf("drain spread: got %s, want the default %s", got, want)
	}
}

func TestReadsEveryKindOfValue(t *testing.T) {
	t.Parallel()
	c, _, err := load(yaml(`
# A comment before all.
server:
  admin_listen: "localhost:0"
  trusted_proxies: [10.0.0.0/8, "fd00::/8"]
store:
  mongo_allow_standalone: true
session: # nothing here yet
limits:
  user_per_second: 7
push:
  wait_urgent: 0s
  apns:
    key: |
      -----BEGIN PRIVATE KEY-----
      abc
      -----END PRIVATE KEY-----
    key_id: 1234567890
    team_id: TEAM123456
    topic: org.example.officer
clock:
  speed: 2.5
  origin: 2026-03-01T09:00:00+01:00
`))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Defaults()
	want.Server.AdminListen = "localhost:0"
	want.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	want.Store.MongoAllowStandalone = true
	want.Limits.UserPerSecond = 7
	want.Push.WaitUrgent = 0
	want.Push.APNs = config.APNs{
		Key:         "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
		KeyID:       "1234567890",
		TeamID:      "TEAM123456",
		Topic:       "org.example.officer",
		Environment: "production",
	}
	want.Clock = config.Clock{Speed: 2.5, Origin: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %v\nwant %v", c, want)
	}
}

func TestSecretFromFile(t *testing.T) {
	t.Parallel()
	const secret = "mongodb://u:pass@db/"
	tests := map[string]struct {
		files   map[string]string
		environ []string
	}{
		"variable":             {map[string]string{"m": secret + "\n"}, []string{"OFFICERMOBILE_STORE_ADDRESS_FILE=m"}},
		"windows line break":   {map[string]string{"m": secret + "\r\n"}, []string{"OFFICERMOBILE_STORE_ADDRESS_FILE=m"}},
		"no line break":        {map[string]string{"m": secret}, []string{"OFFICERMOBILE_STORE_ADDRESS_FILE=m"}},
		"yaml":                 {map[string]string{"m": secret, "settings.yaml": "store:\n  address_file: m\n"}, nil},
		"direct beats file":    {map[string]string{"m": "x", "settings.yaml": "store:\n  address_file: m\n"}, []string{"OFFICERMOBILE_STORE_ADDRESS=" + secret}},
		"variable beats yaml":  {map[string]string{"m": secret, "settings.yaml": "store:\n  address: x\n"}, []string{"OFFICERMOBILE_STORE_ADDRESS_FILE=m"}},
		"equals sign in value": {nil, []string{"OFFICERMOBILE_STORE_ADDRESS=" + secret}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, err := load(test.files, test.environ...)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Store.Address.Reveal(); got != secret {
				t.Errorf("got %q, want %q", got, secret)
			}
			if !c.Store.IsMongo() {
				t.Error("got a folder, want MongoDB")
			}
		})
	}
}

func TestOthersVariablesAreLeftAlone(t *testing.T) {
	t.Parallel()
	_, _, err := load(nil,
		"OFFICERMOBILE_CONFIG=/etc/x.yaml",
		"OFFICERMOBILE_SLOW=1",
		"OFFICERMOBILE_SERVICE_HOST=10.0.0.1",
		"OFFICERMOBILE_SERVICE_PORT_HTTP=80",
		"OFFICERMOBILE_PORT=tcp://10.0.0.1:80",
		"OFFICERMOBILE_PORT_80_TCP=tcp://10.0.0.1:80",
		"OFFICERMOBILE_API_PORT_80_TCP_ADDR=10.0.0.1",
		"officermobile_server_listen=lower case is somebody else's",
	)
	if err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func TestLoadReadsRealFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "officermobile.yaml")
	if err := os.WriteFile(path, []byte("log:\n  level: warn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := config.Load(path, nil)
	if err != nil || c.Log.Level != "warn" {
		t.Errorf("got level %q and error %v, want warn and none", c.Log.Level, err)
	}
	huge := filepath.Join(t.TempDir(), "huge.yaml")
	if err := os.WriteFile(huge, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := config.Load(huge, nil); err == nil {
		t.Error("a file over the bound: got no error, want one")
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	apns := []string{"OFFICERMOBILE_PUSH_APNS_KEY=k", "OFFICERMOBILE_PUSH_APNS_KEY_ID=ABCDE12345", "OFFICERMOBILE_PUSH_APNS_TEAM_ID=ABCDE12345", "OFFICERMOBILE_PUSH_APNS_TOPIC=a.b"}
	tests := map[string]struct {
		environ []string
		want    string
	}{
		"open without TLS":  {[]string{"OFFICERMOBILE_SERVER_LISTEN=:8080"}, "server.listen"},
		"a name":            {[]string{"OFFICERMOBILE_SERVER_LISTEN=dispatch.example:80"}, "server.listen"},
		"open with TLS":     {[]string{"OFFICERMOBILE_SERVER_LISTEN=:8443", "OFFICERMOBILE_SERVER_TLS_CERT_FILE=c", "OFFICERMOBILE_SERVER_TLS_KEY_FILE=k"}, ""},
		"IPv6 loopback":     {[]string{"OFFICERMOBILE_SERVER_LISTEN=[::1]:8080"}, ""},
		"standalone":        {[]string{"OFFICERMOBILE_STORE_MONGO_ALLOW_STANDALONE=true", "OFFICERMOBILE_STORE_ADDRESS=mongodb://h/"}, "store.mongo_allow_standalone"},
		"standalone folder": {[]string{"OFFICERMOBILE_STORE_MONGO_ALLOW_STANDALONE=true"}, ""},
		"speed":             {[]string{"OFFICERMOBILE_CLOCK_SPEED=60"}, "clock.speed"},
		"origin":            {[]string{"OFFICERMOBILE_CLOCK_ORIGIN=2026-01-01T00:00:00Z"}, "clock.origin"},
		"long sessions":     {[]string{"OFFICERMOBILE_SESSION_ABSOLUTE=24h"}, "session.absolute"},
		"idle sessions":     {[]string{"OFFICERMOBILE_SESSION_IDLE=8h"}, "session.idle"},
		"slow urgent":       {[]string{"OFFICERMOBILE_PUSH_WAIT_URGENT=11s"}, "push.wait_urgent"},
		"APNs simulator":    {append([]string{"OFFICERMOBILE_PUSH_APNS_TEST_HOST=127.0.0.1:1"}, apns...), "push.apns.test_host"},
		"FCM simulator":     {[]string{"OFFICERMOBILE_PUSH_FCM_TEST_ENDPOINT=http://127.0.0.1:1", "OFFICERMOBILE_PUSH_FCM_SERVICE_ACCOUNT={}"}, "push.fcm.test_endpoint"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, warnings, err := load(nil, test.environ...)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, w := range warnings {
				keys = append(keys, w.Key)
			}
			if got := strings.Join(keys, " "); got != test.want {
				t.Errorf("got warnings about %q, want %q", got, test.want)
			}
		})
	}
}
