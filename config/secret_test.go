package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"officermobile/config"
)

func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	c := config.Defaults()
	c.Store.Address = marker
	c.Server.AdminToken = marker
	c.Push.APNs.Key = marker
	c.Push.FCM.ServiceAccount = marker

	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "config", c, "key", c.Push.APNs.Key)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("start", "config", c, "key", c.Push.APNs.Key)
	shown := map[string]string{
		"Redacted": c.Redacted(),
		"JSON":     string(asJSON),
		"slog":     logged.String(),
		"%v":       fmt.Sprintf("%v", c),
		"%+v":      fmt.Sprintf("%+v", &c),
		"%#v":      fmt.Sprintf("%#v", c),
		"%s":       fmt.Sprintf("%s", c.Store.Address),
		"%q":       fmt.Sprintf("%q", c.Store.Address),
		"%x":       fmt.Sprintf("%x", c.Store.Address),
	}
	for how, text := range shown {
		if strings.Contains(text, marker) || strings.Contains(text, fmt.Sprintf("%x", marker)) {
			t.Errorf("%s: got the secret in %q", how, text)
		}
		if !strings.Contains(text, "[secret]") {
			t.Errorf("%s: got %q, want it to show that there is a secret", how, text)
		}
	}
	if got := c.Store.Address.Reveal(); got != marker {
		t.Errorf("Reveal: got %q, want %q", got, marker)
	}
}

func TestRedactedShowsEverySetting(t *testing.T) {
	t.Parallel()
	dump := config.Defaults().Redacted()
	for _, key := range config.Keys() {
		if !strings.Contains(dump, "\n"+key+": ") && !strings.HasPrefix(dump, key+": ") {
			t.Errorf("got no line for %s", key)
		}
	}
	if want := "server.listen: 127.0.0.1:8080\n"; !strings.Contains(dump, want) {
		t.Errorf("got %q, want %q in it", dump, want)
	}
}
