package models_test

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"officermobile/models"

	"github.com/go-json-experiment/json"
)

// FuzzDecodeCommand: whatever comes as a command is refused with an error for clients that repeats no value, or is a
// command that says the same after it was written and read again.
func FuzzDecodeCommand(f *testing.F) {
	source, err := os.ReadFile("command.go")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`case "([a-z_]+\.[a-z_]+)":`).FindAllStringSubmatch(string(source), -1) {
		f.Add(name[1], []byte(`{}`))
		f.Add(name[1], []byte(`{"id":"AZqT5gAAcACAAAAAAAAAAQ","text":"x","urgent":true,"users":[],"at":-1}`))
	}
	f.Add("message.post", []byte(`{"text":"a","Text":"b"}`))
	f.Add("nothing", []byte(`null`))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		c, err := models.DecodeCommand(name, body)
		if err != nil {
			if models.AsError(err) == nil {
				t.Fatalf("an internal error: %v", err)
			}
			if secret := []byte("canary-in-a-value"); bytes.Contains(body, secret) && strings.Contains(err.Error(), string(secret)) {
				t.Fatalf("the error repeats a value: %v", err)
			}
			return
		}
		once, err := json.Marshal(c, json.Deterministic(true))
		if err != nil {
			t.Fatalf("a command that was read can't be written: %v", err)
		}
		again, err := models.DecodeCommand(name, once)
		if err != nil {
			t.Fatalf("%s was written as %s, which is refused: %v", body, once, err)
		}
		if twice, err := json.Marshal(again, json.Deterministic(true)); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
	})
}

// FuzzNames: ids and scopes have one form; what is read is written as it was.
func FuzzNames(f *testing.F) {
	f.Add("AZqT5gAAcACAAAAAAAAAAQ")
	f.Add("c/AZqT5gAAcACAAAAAAAAAAQ")
	f.Add("C/AZqT5gAAcACAAAAAAAAAAR")
	f.Add("/")
	f.Fuzz(func(t *testing.T, text string) {
		var scope models.Scope
		if err := scope.UnmarshalText([]byte(text)); err == nil && scope.String() != text {
			t.Fatalf("scope %q is written %q", text, scope)
		}
		id, err := models.ParseID[int](text)
		if err == nil && id.String() != text && !id.IsZero() {
			t.Fatalf("id %q is written %q", text, id)
		}
		if refusal := (*models.Error)(nil); errors.As(err, &refusal) && text != "" && len(text) > 8 && strings.Contains(refusal.Message, text) {
			t.Fatalf("the refusal repeats %q", text)
		}
	})
}
