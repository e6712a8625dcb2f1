package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"officermobile/api"
	"officermobile/config"
)

// settings are the flags that every command on a store has: where the configuration lies, and what overrides it.
type settings struct {
	Config string `type:"path" help:"Settings file (YAML); else $OFFICERMOBILE_CONFIG."`
	Store  string `help:"A folder, or a mongodb:// address. Overrides store.address."`
}

// load reads the configuration and applies the flags. Warnings go to w.
func (s settings) load(w io.Writer) (config.Config, error) {
	path := s.Config
	if path == "" {
		path = os.Getenv(config.PathVariable)
	}
	cfg, warnings, err := config.Load(path, os.Environ())
	if err != nil {
		return cfg, err
	}
	if s.Store != "" {
		cfg.Store.Address = config.Secret(s.Store)
	}
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	return cfg, nil
}

// newLogger makes the program's logger: what happens to the program, never what people write.
func newLogger(cfg config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo // config has refused everything else
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "text" {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}

type configCmd struct{ settings }

// Run prints the settings in force, secrets apart.
func (c *configCmd) Run(out io.Writer) error {
	cfg, err := c.load(os.Stderr)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, cfg.Redacted())
	return err
}

// minimumClients are the least versions of apps by their names. What the configuration let through has the form.
func minimumClients(cfg config.Client) map[string]api.Release {
	least := map[string]api.Release{}
	for _, text := range cfg.Minimum {
		app, version, _ := strings.Cut(text, "/")
		if r, ok := api.ParseRelease(version); ok {
			least[app] = r
		}
	}
	return least
}
