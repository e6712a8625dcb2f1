package config

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands for a secret wherever one would be shown.
const redacted = "[secret]"

// Secret is text that no log, error, dump or JSON shows. Reveal is the one way to it.
type Secret string

// Reveal is the text itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides a secret that there is, and is "" for none.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format hides the secret under every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from every encoding.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
