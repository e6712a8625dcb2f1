package api

import (
	"net/http"
	"strconv"
	"strings"

	"officermobile/models"
)

// clientHeader names the app that asks, as <app>/<version>: officer-ios/3.2.0.
const clientHeader = "Client-Version"

// Release is the version of an app: major, minor, patch.
type Release [3]int

// ParseRelease reads three numbers with dots between; what follows a hyphen or plus sign is a build's own and is passed over.
func ParseRelease(text string) (Release, bool) {
	core, _, _ := strings.Cut(text, "+")
	core, _, _ = strings.Cut(core, "-")
	parts := strings.Split(core, ".")
	var r Release
	if len(parts) != len(r) {
		return r, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return Release{}, false
		}
		r[i] = int(n)
	}
	return r, true
}

// String is the usual writing.
func (r Release) String() string {
	return strconv.Itoa(r[0]) + "." + strconv.Itoa(r[1]) + "." + strconv.Itoa(r[2])
}

func (r Release) before(other Release) bool {
	for i := range r {
		if r[i] != other[i] {
			return r[i] < other[i]
		}
	}
	return false
}

// codeTooOld refuses an app that an operator has ended the support of.
const codeTooOld models.Code = "client_too_old"

// tooOld answers the refusal of a client below the least version of its app, or nil. An app that doesn't say what it
// is, or that has no least version, is served: this ends the support of old apps and keeps nobody out who lies.
func (a *API) tooOld(r *http.Request) *Problem {
	app, version, _ := strings.Cut(r.Header.Get(clientHeader), "/")
	least, limited := a.opts.MinimumClients[app]
	if !limited {
		return nil
	}
	if has, ok := ParseRelease(version); ok && !has.before(least) {
		return nil
	}
	return &Problem{Status: http.StatusUpgradeRequired, Code: codeTooOld, Title: "This version of the app is no longer supported; update it.", Minimum: least.String()}
}

// tooOldMS is after how long an old app may sync again. It gets no page then either, but what is written in it meanwhile
// shall not wait longer than that.
const tooOldMS = 60_000

// servesOld reports a route that also an app that is too old may call: what it takes to hand over its outbox, and to
// part; and to call for help. Sync takes the outbox and withholds the page.
func (r *route) servesOld() bool {
	return r.who == nobody || r.is(anyBody) || r.name == "sync" || r.name == "sign-out"
}
