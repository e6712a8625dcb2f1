package config

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// Flags are those that every command on a store has: where the configuration lies, and what overrides it.
type Flags struct {
	Config string `type:"path" help:"Settings file (YAML); else $OFFICERMOBILE_CONFIG."`
	Store  string `help:"A folder, or a mongodb:// address. Overrides store.address."`
}

// Load reads the configuration and applies the flags. Warnings go to w.
func (f Flags) Load(w io.Writer) (Config, error) {
	path := f.Config
	if path == "" {
		path = os.Getenv(PathVariable)
	}
	cfg, warnings, err := Load(path, os.Environ())
	if err != nil {
		return cfg, err
	}
	if f.Store != "" {
		cfg.Store.Address = Secret(f.Store)
	}
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	return cfg, nil
}

// Logger is the program's: it tells what happens to the program, never what people write.
func (l Log) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		level = slog.LevelInfo // Load has refused everything else
	}
	opts := &slog.HandlerOptions{Level: level}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}
