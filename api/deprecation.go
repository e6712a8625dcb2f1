package api

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"time"
)

// deprecation is the end of an operation, announced.
type deprecation struct {
	since     time.Time // from when on its use is discouraged
	sunset    time.Time // from when on it may be gone
	successor string    // path of the operation to use instead, beside this one
}

// deprecations are by name of operation. A row here is all it takes: the document, the pages and each answer say so.
func deprecations() map[string]deprecation {
	return map[string]deprecation{
		"list-verdicts": {
			since: time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC), sunset: time.Date(2027, time.June, 1, 0, 0, 0, 0, time.UTC),
			successor: "/v1/messages/{id}/receipts",
		},
	}
}

// announce writes RFC 9745's and RFC 8594's headers, and where to go. The successor is named relative to the request, so
// that the answer repeats nothing of the address.
func (d deprecation) announce(h http.Header, name string) {
	h.Set("Deprecation", "@"+strconv.FormatInt(d.since.Unix(), 10))
	h.Set("Sunset", d.sunset.UTC().Format(http.TimeFormat))
	h.Set("Link", fmt.Sprintf(`<%s>; rel="successor-version", </docs/%s>; rel="deprecation"; type="text/html"`, path.Base(d.successor), name))
}
