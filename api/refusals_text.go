package api

import (
	"fmt"
	"net/http"
	"strings"
)

// problemsPath is where the problems' types lead: every type is this and the code.
const problemsPath = "/problems/"

// problemsText is the table as a document.
func problemsText() string {
	var b strings.Builder
	b.WriteString("# Problems\n\n" +
		"Every error is a problem (RFC 9457): `type` is `" + problemsPath + "` and the code, and leads to a page of the server that says\n" +
		"this; `title` is a sentence for people, `code` the stable word for programs, `request_id` finds the request in the log, and\n" +
		"`errors` names the fields. No value that was submitted is repeated. The answer to a sync has the same codes at its lanes,\n" +
		"commands and page. A code that a client does not know is treated by its status: 5xx and 429 as *try again*, others as *drop*.\n\n" +
		"This table is generated; api/refusals.go is where it is written.\n")
	for _, status := range statusesOf(refusals()) {
		fmt.Fprintf(&b, "\n## %s\n\n| code | means | the client |\n|---|---|---|\n", statusTitle(status))
		for _, r := range refusals() {
			if r.status == status {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.code, r.says, r.do)
			}
		}
	}
	return b.String()
}

func statusTitle(status int) string {
	if status == 0 {
		return "Only within the answer to a sync"
	}
	return fmt.Sprintf("%d %s", status, http.StatusText(status))
}

// statusesOf are those of some refusals, each once, the smallest first; 0, which is none of HTTP's, last.
func statusesOf(all []refusal) []int {
	var found []int
	for status := 1; status < 600; status++ {
		for _, r := range all {
			if r.status == status {
				found = append(found, status)
				break
			}
		}
	}
	return append(found, 0)
}
