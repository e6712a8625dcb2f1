// Package config is every setting of the server: its default, its limits and its sentence of documentation.
//
// Defaults come first, then an optional YAML file, then environment variables: push.apns.key_id is
// OFFICERMOBILE_PUSH_APNS_KEY_ID. A secret may be given by a file instead, as push.apns.key_file in the YAML file or
// OFFICERMOBILE_PUSH_APNS_KEY_FILE in the environment, so that it is in neither.
//
// Two rules. A mistake is refused at start, by one sentence that names the setting and where it came from; a setting
// nobody knows is a mistake too. And no value is ever echoed, since the value in the wrong place may be the secret.
//
// The table in settings.go is the one list of settings: loading, Redacted and docs/CONFIG.md all come from it.
package config

//go:generate go test . -run ^TestReference$ -update
