package config

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxFile bounds the configuration file and each secret's: more is a wrong path, not a configuration.
const maxFile = 1 << 20

// Reader reads a whole file. It is os.ReadFile but for the bound.
type Reader func(name string) ([]byte, error)

// Error is a mistake in the configuration. It names the setting and never holds a value.
type Error struct {
	Key     string // the setting, or "" where none is known
	From    string // the file and line, or the variable
	Problem string // completes the sentence
}

// Error is one sentence.
func (e *Error) Error() string {
	if e.Key == "" {
		return e.From + " " + e.Problem
	}
	if e.From == "" {
		return e.Key + " " + e.Problem
	}
	return fmt.Sprintf("%s (from %s) %s", e.Key, e.From, e.Problem)
}

// Load reads the settings: defaults, then the YAML file at path if path isn't "", then environ in the form of
// os.Environ. The error is an *Error. Warnings are of what is allowed and shouldn't be so in service.
func Load(path string, environ []string) (Config, []Warning, error) {
	return LoadWith(readFile, path, environ)
}

// LoadWith is Load with another way to read files; it touches nothing else.
func LoadWith(read Reader, path string, environ []string) (Config, []Warning, error) {
	c := Defaults()
	table := settings(&c)
	known := names(table)
	fromFile, err := fileEntries(read, path, known)
	if err != nil {
		return Config{}, nil, err
	}
	fromEnv, err := environmentEntries(environ, known)
	if err != nil {
		return Config{}, nil, err
	}
	for _, s := range table {
		for _, given := range []entries{fromFile, fromEnv} {
			if err := s.take(read, given); err != nil {
				return Config{}, nil, err
			}
		}
	}
	if err := c.check(); err != nil {
		return Config{}, nil, err
	}
	return c, c.warnings(), nil
}

// entry is a text that was given for a key, and where.
type entry struct {
	text string
	from string
}

// entries are by key; a secret's may be under its key with fileSuffix.
type entries map[string]entry

// fileSuffix ends the name by which a secret is given as a file's path.
const fileSuffix = "_file"

// names are the keys that may be given.
func names(table []setting) map[string]bool {
	known := make(map[string]bool)
	for _, s := range table {
		known[s.key] = true
		if s.secret {
			known[s.key+fileSuffix] = true
		}
	}
	return known
}

// take sets the field from one source, if that source has it.
func (s setting) take(read Reader, given entries) error {
	direct, isDirect := given[s.key]
	if s.secret {
		path, isPath := given[s.key+fileSuffix]
		if isDirect && isPath {
			return &Error{Key: s.key, From: path.from, Problem: "is given twice, as itself and as a file; give one of them"}
		}
		if isPath {
			return s.takeFile(read, path)
		}
	}
	if !isDirect {
		return nil
	}
	return s.accept(direct.text, direct.from)
}

// takeFile reads a secret's file. Its last line break isn't part of the secret: every editor writes one.
func (s setting) takeFile(read Reader, path entry) error {
	if path.text == "" {
		return &Error{Key: s.key + fileSuffix, From: path.from, Problem: "must be the path of a file"}
	}
	raw, err := read(path.text)
	if err != nil {
		return &Error{Key: s.key + fileSuffix, From: path.from, Problem: "names a file that cannot be read"}
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	if secret == "" {
		return &Error{Key: s.key + fileSuffix, From: path.from, Problem: "names a file that is empty"}
	}
	return s.accept(secret, path.from)
}

func (s setting) accept(text, from string) error {
	if err := s.field.set(text); err != nil {
		return &Error{Key: s.key, From: from, Problem: err.Error()}
	}
	return nil
}

// readFile reads up to maxFile bytes and refuses more.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	return raw, err
}
