package config

import (
	"regexp"
	"strings"
)

// prefix begins every variable of ours.
const prefix = "OFFICERMOBILE_"

// PathVariable names the configuration file where no flag does. Load leaves it to its caller.
const PathVariable = prefix + "CONFIG"

// slowVariable makes the tests run long. Nobody should find a server that doesn't start for it.
const slowVariable = prefix + "SLOW"

// VariableOf is the environment variable of a setting.
func VariableOf(key string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// environmentEntries picks our variables out of the environment. One that no setting has is a mistake in a name, and
// would otherwise leave a default in force that someone believes changed.
func environmentEntries(environ []string, known map[string]bool) (entries, error) {
	keyOf := make(map[string]string, len(known))
	for key := range known {
		keyOf[VariableOf(key)] = key
	}
	given := make(entries)
	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || name == PathVariable || name == slowVariable || isServiceLink(name) {
			continue
		}
		key, ok := keyOf[name]
		if !ok {
			return nil, &Error{From: clip(name), Problem: "is not a variable of any setting"}
		}
		given[key] = entry{text: text, from: name}
	}
	return given, nil
}

// serviceLink is what Kubernetes sets in every pod for a service, which may well be called officermobile:
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

func isServiceLink(name string) bool { return serviceLink.MatchString(name) }

// maxShown is how much of an unknown name a refusal repeats: a name is this short, a secret in the wrong place is cut.
const maxShown = 48

func clip(name string) string {
	if len(name) > maxShown {
		return strings.ToValidUTF8(name[:maxShown], "") + "..."
	}
	return name
}
