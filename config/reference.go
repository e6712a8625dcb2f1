package config

import (
	"fmt"
	"io"
	"strings"
)

// Redacted is every setting with its value, a line each, secrets hidden: for a log or a question to support.
func (c Config) Redacted() string {
	var b strings.Builder
	for _, s := range settings(&c) {
		fmt.Fprintf(&b, "%s: %s\n", s.key, s.field.show())
	}
	return b.String()
}

// preface is what docs/CONFIG.md says before its tables.
const preface = `# Settings

Generated from the config package by ` + "`make generate`" + `; a test fails when it is not current.

Each setting has its default, which a YAML file may change (` + "`--config`" + ` or ` + "`OFFICERMOBILE_CONFIG`" + `), which an
environment variable may change again. An unknown setting, a value out of range or half of a pair stops the start with
one sentence. No value is ever shown in an error; ` + "`officermobile config`" + ` shows them all but the secrets.

Settings marked *secret* can be given as a file: add ` + "`_file`" + ` to the key or ` + "`_FILE`" + ` to the variable, and the path as the
value, not both. The file's last line break is not part of the secret.

    server:
      listen: 0.0.0.0:8443
      tls_cert_file: /etc/officermobile/tls.crt
      tls_key_file: /etc/officermobile/tls.key
    store:
      address_file: /run/secrets/mongodb
`

// WriteReference writes docs/CONFIG.md: a table for each section.
func WriteReference(w io.Writer) error {
	c := Defaults()
	var b strings.Builder
	b.WriteString(preface)
	section := ""
	for _, s := range settings(&c) {
		if name, _, _ := strings.Cut(s.key, "."); name != section {
			section = name
			fmt.Fprintf(&b, "\n## %s\n\n| setting | default | must be | what it is |\n|---|---|---|---|\n", section)
		}
		b.WriteString(s.row())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s setting) row() string {
	shown := s.field.show()
	if s.secret {
		shown = defaultOfSecret(s)
	}
	if shown != "" {
		shown = "`" + shown + "`"
	}
	doc := s.doc
	if s.secret {
		doc = "*secret* " + doc
	}
	return fmt.Sprintf("| `%s`<br>`%s` | %s | %s | %s |\n", s.key, VariableOf(s.key), shown, s.field.must, doc)
}

// defaultOfSecret shows a default even of what is secret once set: a default is public.
func defaultOfSecret(s setting) string {
	if field, ok := s.field.at().(*Secret); ok {
		return field.Reveal()
	}
	return ""
}
