package config_test

import (
	"errors"
	"strings"
	"testing"

	"officermobile/config"
)

// marker is in every value below, and must be in no refusal.
const marker = "hunter2"

func TestRefusesValues(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"server.listen":                {"", "hunter2", "1.2.3.4", "1.2.3.4:99999", "1.2.3.4:-1", "http://hunter2:80", "a b:80", "u@h:80"},
		"server.admin_listen":          {"hunter2", "127.0.0.1:8080"},
		"server.admin_token":           {"hunter2"},
		"server.trusted_proxies":       {"hunter2", "10.0.0.1", "10.0.0.1/8", "10.0.0.0/8,", "10.0.0.0/8 10.1.0.0/16", "10.0.0.0/33"},
		"server.heartbeat":             {"", "hunter2", "25", "1s", "61s", "-25s"},
		"server.drain_spread":          {"0s", "11m"},
		"store.address":                {"", "postgres://hunter2@h/"},
		"store.mongo_allow_standalone": {"", "yes", "1", "TRUE", "hunter2"},
		"log.level":                    {"", "hunter2", "INFO", "trace"},
		"log.format":                   {"xml"},
		"session.access":               {"59s", "11m", "hunter2"},
		"session.idle":                 {"-1s", "721h", "13h"},
		"session.pbkdf2_iterations":    {"-1", "1", "599999", "10000001", "hunter2"},
		"limits.user_per_second":       {"", "0", "-1", "1.5", "100001", "1e3", "99999999999999999999", "hunter2"},
		"limits.device_per_second":     {"0"},
		"limits.address_per_second":    {"0"},
		"push.apns.key_id":             {"hunter2", "abcdefghij", "ABCDEFGHIJK"},
		"push.apns.team_id":            {"ABCDEFGH1 "},
		"push.apns.topic":              {"a\nhunter2"},
		"push.apns.environment":        {"", "development"},
		"push.apns.test_host":          {"hunter2"},
		"push.fcm.test_endpoint":       {"hunter2", "ftp://hunter2", "https://", "https://u:hunter2@h"},
		"push.wait_message":            {"61s", "-1s"},
		"push.wait_invitation":         {"61s"},
		"push.wait_urgent":             {"61s"},
		"clock.origin":                 {"hunter2", "2026-01-01", "2026-01-01T00:00:00"},
		"clock.speed":                  {"", "0", "-1", "NaN", "Inf", "1001", "hunter2"},
	}
	for key, values := range tests {
		for _, text := range values {
			t.Run(key+"="+text, func(t *testing.T) {
				t.Parallel()
				_, _, err := load(nil, config.VariableOf(key)+"="+text)
				refused(t, err, key)
			})
		}
	}
}

func TestRefusesCombinations(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environ []string
		want    string // the key, and what the sentence also names
		also    string
	}{
		"certificate alone": {[]string{"SERVER_TLS_CERT_FILE=hunter2"}, "server.tls_key_file", "server.tls_cert_file"},
		"key alone":         {[]string{"SERVER_TLS_KEY_FILE=hunter2"}, "server.tls_cert_file", "server.tls_key_file"},
		"open admin":        {[]string{"SERVER_ADMIN_LISTEN=:9090"}, "server.admin_token", "server.admin_listen"},
		"access over idle":  {[]string{"SESSION_ACCESS=10m", "SESSION_IDLE=5m"}, "session.access", "session.idle"},
		"idle over life":    {[]string{"SESSION_IDLE=2h", "SESSION_ABSOLUTE=1h"}, "session.idle", "session.absolute"},
		"APNs key alone":    {[]string{"PUSH_APNS_KEY=hunter2"}, "push.apns.key_id", "push.apns.key"},
		"APNs topic alone":  {[]string{"PUSH_APNS_TOPIC=hunter2"}, "push.apns.key", "push.apns.topic"},
		"APNs no topic":     {[]string{"PUSH_APNS_KEY=k", "PUSH_APNS_KEY_ID=ABCDE12345", "PUSH_APNS_TEAM_ID=ABCDE12345"}, "push.apns.topic", "push.apns.team_id"},
		"CA without host":   {[]string{"PUSH_APNS_TEST_CA_FILE=hunter2"}, "push.apns.test_host", "push.apns.test_ca_file"},
		"host without key":  {[]string{"PUSH_APNS_TEST_HOST=127.0.0.1:1"}, "push.apns.key", "push.apns.test_host"},
		"endpoint alone":    {[]string{"PUSH_FCM_TEST_ENDPOINT=http://127.0.0.1:1"}, "push.fcm.service_account", "push.fcm.test_endpoint"},
		"web key alone":     {[]string{"PUSH_WEB_KEY=hunter2"}, "push.web.subject", "push.web.key"},
		"web subject alone": {[]string{"PUSH_WEB_SUBJECT=hunter2"}, "push.web.key", "push.web.subject"},
		"web test alone":    {[]string{"PUSH_WEB_TEST_ENDPOINT=http://127.0.0.1:1"}, "push.web.key", "push.web.test_endpoint"},
		"both secret forms": {[]string{"STORE_ADDRESS=hunter2", "STORE_ADDRESS_FILE=m"}, "store.address", "OFFICERMOBILE_STORE_ADDRESS_FILE"},
		"no such file":      {[]string{"STORE_ADDRESS_FILE=hunter2"}, "store.address_file", "cannot be read"},
		"empty file":        {[]string{"STORE_ADDRESS_FILE=empty"}, "store.address_file", "empty"},
		"empty path":        {[]string{"STORE_ADDRESS_FILE="}, "store.address_file", "path"},
		"bad secret file":   {[]string{"SERVER_ADMIN_TOKEN_FILE=short"}, "server.admin_token", "16 characters"},
		"unknown variable":  {[]string{"SERVER_LISTENN=hunter2"}, "", "OFFICERMOBILE_SERVER_LISTENN"},
		"file of no secret": {[]string{"SERVER_LISTEN_FILE=m"}, "", "OFFICERMOBILE_SERVER_LISTEN_FILE"},
		"bare prefix":       {[]string{"=hunter2"}, "", "OFFICERMOBILE_"},
		"very long name":    {[]string{strings.Repeat("A", 60) + "hunter2=1"}, "", "AAA..."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var environ []string
			for _, pair := range test.environ {
				environ = append(environ, "OFFICERMOBILE_"+pair)
			}
			_, _, err := load(map[string]string{"m": "x", "empty": "\n", "short": "hunter2"}, environ...)
			refused(t, err, test.want)
			if err != nil && !strings.Contains(err.Error(), test.also) {
				t.Errorf("got %q, want it to name %q", err, test.also)
			}
		})
	}
}

func TestRefusesFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		key  string
		line string // where, as it must be in the sentence
	}{
		"unknown setting":     {"server:\n  listne: hunter2\n", "server.listne", "settings.yaml:2"},
		"unknown section":     {"servers:\n  listen: hunter2\n", "servers", "settings.yaml:1"},
		"unknown at the root": {"listen: hunter2\n", "listen", "settings.yaml:1"},
		"too deep":            {"log:\n  level:\n    now: hunter2\n", "log.level", "settings.yaml:2"},
		"section is a word":   {"log: hunter2\n", "log", "settings.yaml:1"},
		"section is a list":   {"log:\n  - hunter2\n", "log", "settings.yaml:2"},
		"root is a word":      {"hunter2\n", "", "settings.yaml:1"},
		"no value":            {"log:\n  level:\n", "log.level", "settings.yaml:2"},
		"null":                {"log:\n  level: null\n", "log.level", "settings.yaml:2"},
		"wrong value":         {"log:\n\n  level: hunter2\n", "log.level", "settings.yaml:3"},
		"list for a word":     {"log:\n  level: [info, hunter2]\n", "log.level", "settings.yaml:2"},
		"list of lists":       {"server:\n  trusted_proxies: [[hunter2]]\n", "server.trusted_proxies", "settings.yaml:2"},
		"anchor":              {"log:\n  level: &hunter2 info\n", "log.level", "settings.yaml:2"},
		"merge":               {"log:\n  <<: {level: info}\n", "log", "settings.yaml:2"},
		"number for a key":    {"log:\n  1: hunter2\n", "log", "settings.yaml:2"},
		"twice":               {"log:\n  level: info\n  level: hunter2\n", "", "settings.yaml:3"},
		"both secret forms":   {"store:\n  address: hunter2\n  address_file: x\n", "store.address", "settings.yaml:3"},
		"broken":              {"log: {level: hunter2\n", "", "settings.yaml"},
		"tabs":                {"log:\n\tlevel: hunter2\n", "", "settings.yaml:2"},
		"two documents":       {"log:\n  level: info\n---\nlog:\n  level: hunter2\n", "", "settings.yaml"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := load(yaml(test.text))
			refused(t, err, test.key)
			if err != nil && !strings.Contains(err.Error(), test.line) {
				t.Errorf("got %q, want it to say %s", err, test.line)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		_, _, err := config.LoadWith(func(string) ([]byte, error) { return nil, errors.New(marker) }, "etc/gone.yaml", nil)
		refused(t, err, "")
		if got, want := err.Error(), "gone.yaml cannot be read"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// refused wants one sentence that begins with the key and holds no value.
func refused(t *testing.T, err error, key string) {
	t.Helper()
	var e *config.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *config.Error", err)
	}
	if e.Key != key || !strings.HasPrefix(e.Error(), key) {
		t.Errorf("got %q about %q, want it about %q", e, e.Key, key)
	}
	if strings.Contains(e.Error(), marker) || strings.Contains(e.Error(), "\n") {
		t.Errorf("got %q, want one line without the value", e)
	}
}
