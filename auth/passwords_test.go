package auth_test

import (
	"context"
	"strings"
	stdsync "sync"
	"testing"

	"officermobile/auth"
	"officermobile/models"
)

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(cheap, 1, 0)
	for password, ok := range map[string]bool{
		rightPassword:                    true,
		"zwölf Bären!":                   true, // twelve runes
		"zwölf Bären":                    false,
		strings.Repeat("kupfer ", 36):    true,  // 252 bytes
		strings.Repeat("kupfer ", 37):    false, // 259
		"Password2026!":                  false,
		"PolicePolice99":                 false,
		"aaaaaaaaaaaaaaaa":               false,
		"123456789012345":                false,
		"officer.mobile.1":               false,
		"not utf-8 \xff\xff\xff in here": false,
		"":                               false,
	} {
		err := p.Check(password)
		if (err == nil) != ok {
			t.Errorf("%q: got %v, want ok %t", password, err, ok)
		}
		if err != nil && (kindOf(err) != models.KindInvalid || password != "" && strings.Contains(err.Error(), password)) {
			t.Errorf("%q: got %v, want invalid without the value", password, err)
		}
	}
}

func TestHashAndMatch(t *testing.T) {
	t.Parallel()
	for name, cost := range map[string]auth.Cost{"argon2id": cheap, "pbkdf2": {PBKDF2: 1000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := auth.NewPasswords(cost, 1, 0)
			hash, err := p.Hash(t.Context(), "zw\u00f6lf B\u00e4ren und mehr")
			if err != nil {
				t.Fatal(err)
			}
			again, err := p.Hash(t.Context(), "zw\u00f6lf B\u00e4ren und mehr")
			if err != nil || again == hash {
				t.Fatalf("two hashes of a password are the same: %v", err)
			}
			for password, want := range map[string]bool{
				"zw\u00f6lf B\u00e4ren und mehr":   true,
				"zwo\u0308lf Ba\u0308ren und mehr": true, // composed by another keyboard
				"zwolf Baren und mehr":             false,
				"":                                 false,
			} {
				ok, stale, err := p.Matches(t.Context(), hash, password)
				if ok != want || stale || err != nil {
					t.Errorf("%q: got %t, %t, %v, want %t", password, ok, stale, err, want)
				}
			}
			if ok, _, err := p.Matches(t.Context(), "", ""); ok || err != nil {
				t.Errorf("nobody's: got %t, %v, want false", ok, err)
			}
		})
	}
}

func TestDamagedHashes(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(cheap, 1, 0)
	good, err := p.Hash(t.Context(), rightPassword)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string]string{
		"cut":              good[:len(good)-5],
		"other algorithm":  strings.Replace(good, "argon2id", "argon2i", 1),
		"a terabyte":       strings.Replace(good, "m=8", "m=1073741824", 1),
		"for ever":         strings.Replace(good, "t=1", "t=4000000000", 1),
		"other version":    strings.Replace(good, "v=19", "v=16", 1),
		"leading zero":     strings.Replace(good, "m=8", "m=08", 1),
		"two lanes":        strings.Replace(good, "p=1", "p=2", 1),
		"words":            "correct horse",
		"dollars":          "$$$$$$$$",
		"PBKDF2, none":     "$pbkdf2-sha256$i=0$" + strings.Join(strings.Split(good, "$")[4:], "$"),
		"PBKDF2, negative": "$pbkdf2-sha256$i=-5$" + strings.Join(strings.Split(good, "$")[4:], "$"),
	} {
		ok, _, err := p.Matches(t.Context(), damaged, rightPassword)
		if ok || err == nil || strings.Contains(err.Error(), damaged) {
			t.Errorf("%s: got %t, %v, want an error without the hash", name, ok, err)
		}
	}
}

func TestAFloodOfSignInsIsBounded(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(auth.Cost{Passes: 1, MemoryKiB: 1 << 10}, 1, 1)
	var mu stdsync.Mutex
	served, turned := 0, 0
	var wg stdsync.WaitGroup
	start := make(chan struct{})
	for range 200 {
		wg.Go(func() {
			<-start
			_, err := p.Hash(context.Background(), rightPassword)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				served++
				return
			}
			if e := models.AsError(err); e == nil || e.Kind != models.KindUnavailable || e.RetryMS < 1 {
				t.Errorf("got %v, want KindUnavailable with a time", err)
			}
			turned++
		})
	}
	close(start)
	wg.Wait()
	if served == 0 || turned == 0 {
		t.Fatalf("got %d served and %d turned away, want some of both", served, turned)
	}
	if _, err := p.Hash(t.Context(), rightPassword); err != nil {
		t.Fatalf("after the flood: %v", err)
	}
}

func TestWhoWaitsForAHashCanGo(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(cheap, 0, 1) // nobody is ever served
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 3 { // the place in the queue is given back
		if _, err := p.Hash(ctx, rightPassword); err != context.Canceled {
			t.Fatalf("got %v, want Canceled", err)
		}
	}
}
