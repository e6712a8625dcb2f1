package mongo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"officermobile/store"
	"officermobile/store/mongo"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
)

// The address holds a password; no error may repeat it, nor the driver's words, which may.
func TestOpenNeverShowsTheAddress(t *testing.T) {
	t.Parallel()
	for name, uri := range map[string]string{
		"unreachable":   "mongodb://officer:hunter2@127.0.0.1:1/db?connectTimeoutMS=200&serverSelectionTimeoutMS=200",
		"not a scheme":  "postgres://officer:hunter2@127.0.0.1/db",
		"wrong option":  "mongodb://officer:hunter2@127.0.0.1/?w=-1",
		"raw character": "mongodb://officer:hunter2@x@127.0.0.1/",
		"empty":         "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := mongo.Open(t.Context(), uri, mongo.Options{AllowStandalone: true})
			if err == nil {
				_ = s.Close()
				t.Fatal("it opened")
			}
			text := err.Error()
			if strings.Contains(text, "hunter2") || strings.Contains(text, "\n") || !strings.Contains(text, "MongoDB") {
				t.Errorf("got %q", text)
			}
		})
	}
}

// Only what is certain is a refusal; all else leaves the outcome open.
func TestRefusal(t *testing.T) {
	t.Parallel()
	write := func(code int) error {
		return driver.WriteException{WriteErrors: driver.WriteErrors{{Code: code}}}
	}
	command := func(code int32) error { return driver.CommandError{Code: code} }
	concern := driver.WriteException{
		WriteErrors:       driver.WriteErrors{{Code: 121}},
		WriteConcernError: &driver.WriteConcernError{Code: 64},
	}
	for name, c := range map[string]struct {
		err     error
		refused bool
	}{
		"not authorised":             {command(13), true},
		"too large":                  {command(10334), true},
		"validation":                 {write(121), true},
		"wrapped":                    {fmt.Errorf("insert: %w", write(121)), true},
		"disk full":                  {command(14031), true},
		"write concern not met":      {concern, false},
		"not primary":                {command(10107), false},
		"interrupted by a step-down": {command(11602), false},
		"took too long":              {command(50), false},
		"duplicate key":              {write(11000), false},
		"a code that is new":         {command(99999), false},
		"not of the server":          {errors.New("connection reset"), false},
	} {
		if got := mongo.Refusal(c.err); (got != nil) != c.refused {
			t.Errorf("%s: got %v, want refused: %v", name, got, c.refused)
		}
	}
	if got := mongo.Refusal(command(14031)); !errors.Is(got, store.ErrFull) {
		t.Errorf("disk full: got %v", got)
	}
}

func TestDatabaseOf(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"mongodb://h":  "officermobile",
		"mongodb://h/": "officermobile",
		"mongodb://u:p@a:1,b:2/other?replicaSet=x": "other",
		"mongodb://a:1,b:2/?replicaSet=x":          "officermobile",
		"mongodb+srv://h/x":                        "x",
	} {
		if got := mongo.DatabaseOf(uri); got != want {
			t.Errorf("%s: got %q, want %q", uri, got, want)
		}
	}
}
