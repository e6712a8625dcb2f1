package main_test

import (
	"bytes"
	"strings"
	"testing"

	"officermobile/config"
	"officermobile/office"
)

// TestKeysAreReplacedByCommandLine: whoever fears that the database was read makes the keys void that it holds.
func TestKeysAreReplacedByCommandLine(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	published := func() (keys []byte) {
		t.Helper()
		a.look(t, func(o *office.Office) { keys = bytes.Clone(o.Auth.JWKS()) })
		return keys
	}
	before := published()
	if again := published(); !bytes.Equal(again, before) {
		t.Fatalf("another start has other keys: got %s, want %s", again, before)
	}
	if out, errs, code := program(t, nil, "keys", "replace", "--store", a.folder); code != 0 || !strings.Contains(out, "access token") {
		t.Fatalf("got exit %d with %s%s, want what it means for phones", code, out, errs)
	}
	if after := published(); bytes.Equal(after, before) {
		t.Error("the keys are the same")
	}
	out, errs, code := program(t, nil, "audit", "--system", "--store", a.folder)
	if code != 0 || !strings.Contains(out, "command.keys-replace") || !strings.Contains(out, "keys_replaced") {
		t.Errorf("got\n%s%s\nwant the command and what came of it", out, errs)
	}
}

// TestHowPasswordsAreHashed: argon2id, or PBKDF2 where argon2id may not be used; what was hashed before goes on working.
func TestHowPasswordsAreHashed(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	fips := []string{"OFFICERMOBILE_SESSION_PBKDF2_ITERATIONS=600000"}
	if _, errs, code := program(t, fips, "user", "add", "olga", "--name", "Olga", "--store", a.folder); code != 0 {
		t.Fatal(errs)
	}
	var hashes []string
	a.look(t, func(o *office.Office) {
		all, err := o.Storage.List(t.Context(), "password", "", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			hashes = append(hashes, string(d.Body))
		}
	})
	if got := strings.Join(hashes, "\n"); len(hashes) != 2 || strings.Count(got, "$argon2id$v=19$m=19456,t=2,") != 1 || strings.Count(got, "$pbkdf2-sha256$i=600000$") != 1 {
		t.Errorf("got\n%s\nwant one of each", got)
	}
}

// look opens the agency's store in this process.
func (a agency) look(t *testing.T, fn func(*office.Office)) {
	t.Helper()
	cfg, _, err := config.Load("", []string{"OFFICERMOBILE_STORE_ADDRESS=" + a.folder})
	if err != nil {
		t.Fatal(err)
	}
	o, err := office.Open(t.Context(), cfg, office.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fn(o)
	if err := o.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
