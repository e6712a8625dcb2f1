// Package arch_test keeps the shape of the repository: who may import whom, and the rules that a reviewer would
// otherwise repeat. It reads the source and builds nothing, so it answers within a second and even when the rest
// doesn't compile. Its own tests show that each rule can fail.
package arch_test

import (
	"slices"
	"strings"
)

// module is the name that our imports begin with.
const module = "officermobile"

// mayImport is who may import whom among our own packages. A folder without a row follows its nearest parent with
// one, and a row always includes the folder itself and what is under it, but for onlyListed. A new folder needs a row:
// that is the moment to think about it.
var mayImport = map[string][]string{
	".":       {"office", "node", "rehearsal", "cli", "config"}, // the command line
	"api":     {"auth", "models", "clock"},
	"arch":    {},
	"audit":   {"store", "models", "clock"},
	"auth":    {"store", "models", "clock"},
	"bench":   {"client", "models", "clock"},
	"cli":     {},
	"client":  {"models", "clock"},
	"clock":   {},
	"config":  {"clock"},
	"models":  {},
	"push":    {"store", "models", "clock"},
	"records": {"store", "models", "clock"},
	"replay":  {"client", "models", "clock"},
	"store":   {"models", "clock"},
	"sync":    {"store", "models", "clock"},
	"tools":   {},
	"trace":   {},
	"web":     {},

	// These wire, and no other does: an office has an open store, a node serves on it, and a rehearsal runs either.
	"office":    {"api", "audit", "auth", "cli", "clock", "config", "models", "store", "store/mongo", "store/sqlite", "sync"},
	"node":      {"office", "api", "audit", "auth", "clock", "config", "models", "push", "records", "store", "sync", "trace"},
	"rehearsal": {"office", "node", "bench", "cli", "config", "models", "push", "replay", "store/sqlite", "sync"},

	"internal": {}, // what any package but the pure ones may use, and so uses none

	// The contract knows no backend, and backends don't know each other.
	"store/sqlite":    {"store", "models", "clock"},
	"store/mongo":     {"store", "models", "clock"},
	"store/storetest": {"store", "models", "clock"},
}

// onlyListed are the folders that may not import what is under them.
var onlyListed = []string{"store"}

// allowed reports whether a folder may import another. Tests may import what they like of ours, since they wire what
// node wires, but those of a pure package stay as pure.
func allowed(from, to string, test bool) (ok, known bool) {
	if !under(from, "models") && (test || under(to, "internal")) {
		return true, true
	}
	row, known := rowOf(from)
	if !known {
		return false, false
	}
	for _, pattern := range mayImport[row] {
		if pattern == to || pattern != "store" && under(to, pattern) {
			return true, true
		}
	}
	return under(to, row) && !slices.Contains(onlyListed, from), true
}

// rowOf is the folder or its nearest parent that has a row.
func rowOf(dir string) (string, bool) {
	for {
		if _, ok := mayImport[dir]; ok {
			return dir, true
		}
		cut := strings.LastIndexByte(dir, '/')
		if cut < 0 {
			return "", false
		}
		dir = dir[:cut]
	}
}

// under reports a folder that is top or inside it.
func under(dir, top string) bool { return dir == top || strings.HasPrefix(dir, top+"/") }

// maxLines is the length from which a file is two files.
const maxLines = 450

// pureModules are what the domain may import beside the standard library: the strict JSON that Go is to have as
// encoding/json/v2, since version 1 lets duplicate keys and wrong cases through and what it reads is in the log for good.
var pureModules = []string{"github.com/go-json-experiment/json"}

// impure are the packages by which the world gets into a fold, so that two servers would read one log differently.
var impure = []string{
	"context", "crypto/rand", "database/sql", "io/fs", "log", "log/slog", "math/rand", "math/rand/v2", "net",
	"net/http", "os", "os/exec", "runtime", "sync", "sync/atomic", "syscall", "unsafe",
}

// clockReads are the functions of package time that answer differently each time.
var clockReads = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}
