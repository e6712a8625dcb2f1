package config_test

import (
	"errors"
	"testing"

	"officermobile/config"
)

// FuzzLoad wants every file either loaded or refused by one of our own sentences.
func FuzzLoad(f *testing.F) {
	f.Add("server:\n  listen: 127.0.0.1:1\n")
	f.Add("push: {apns: {key: |\n  a\n}}")
	f.Add("a: &a [*a]\n")
	f.Add("? - a\n: !!binary x\n--- #\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, _, err := load(yaml(text))
		var e *config.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("got %T, want a *config.Error", err)
		}
	})
}
