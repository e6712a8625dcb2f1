package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// answers lists what an operation may answer besides success: by what it takes and who asks, since the refusals
// follow from that. The tests hold every exchange to it.
func (d described) answers() {
	delete(d.op.Responses, "default")
	for status := range d.statuses() {
		d.op.Responses[statusText(status)] = &huma.Response{Ref: "#/components/responses/" + answerName(status)}
	}
	if ok := d.op.Responses[statusText(d.route.status)]; ok != nil {
		ok.Headers = withHeaders(ok.Headers, requestIDHeader)
		if ok.Description == "" || ok.Description == http.StatusText(d.route.status) {
			ok.Description = d.route.does
		}
	}
}

// statuses of refusals.
func (d described) statuses() map[int]bool {
	all := map[int]bool{ // the last three also of a GET that carries a body nevertheless
		http.StatusUnprocessableEntity: true, http.StatusInternalServerError: true, http.StatusServiceUnavailable: true,
		http.StatusBadRequest: true, http.StatusRequestEntityTooLarge: true, http.StatusUnsupportedMediaType: true,
	}
	add := func(when bool, statuses ...int) {
		for _, s := range statuses {
			all[s] = all[s] || when
		}
	}
	writes := d.route.method != http.MethodGet
	add(!d.route.is(probe), http.StatusTooManyRequests)
	add(!d.route.servesOld(), http.StatusUpgradeRequired)
	add(d.route.who != nobody || writes, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound)
	add(strings.Contains(d.route.path, "{"), http.StatusNotFound)
	add(writes, http.StatusConflict, http.StatusInsufficientStorage)
	add(writes && d.takes("If-Match"), http.StatusPreconditionFailed)
	for status, is := range all {
		if !is {
			delete(all, status)
		}
	}
	return all
}

// takes reports a header that the operation reads.
func (d described) takes(header string) bool {
	return slices.ContainsFunc(d.op.Parameters, func(p *huma.Param) bool { return p.In == "header" && p.Name == header })
}

// answerName is a refusal's among the document's components.
func answerName(status int) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(status))
}

// shareAnswers describes each refusal once.
func (a *API) shareAnswers() {
	shared := map[string]*huma.Response{}
	for _, status := range statusesOf(refusals()) {
		if status != 0 && status != http.StatusMethodNotAllowed { // which no operation answers
			shared[answerName(status)] = refusedWith(status)
		}
	}
	a.Document().Components.Responses = shared
}

func refusedWith(status int) *huma.Response {
	var codes []string
	var example Problem
	for _, r := range refusals() {
		if r.status != status {
			continue
		}
		if codes == nil {
			example = *(&Problem{Status: status, Code: r.code, Title: r.says}).named(&exchange{id: "0f8a2c"})
		}
		codes = append(codes, string(r.code))
	}
	body := &huma.MediaType{Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}, Example: example}
	return &huma.Response{
		Description: "One of: " + strings.Join(codes, ", ") + ".",
		Headers:     withHeaders(nil, headersOf(status)...),
		Content:     map[string]*huma.MediaType{"application/problem+json": body},
	}
}

// header is one that answers carry.
type header struct{ name, says, example string }

var (
	requestIDHeader = header{"X-Request-Id", "The client's own, or one made here. Finds the request in the log.", "0f8a2c"}
	retryHeader     = header{"Retry-After", "Seconds after which to try again.", "2"}
	challengeHeader = header{"WWW-Authenticate", "What the server takes.", "Bearer"}
)

func headersOf(status int) []header {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return []header{requestIDHeader, retryHeader}
	case http.StatusUnauthorized:
		return []header{requestIDHeader, challengeHeader}
	}
	return []header{requestIDHeader}
}

func withHeaders(to map[string]*huma.Param, all ...header) map[string]*huma.Param {
	if to == nil {
		to = map[string]*huma.Param{}
	}
	for _, h := range all {
		length := maxRequestID
		to[h.name] = &huma.Param{Description: h.says, Example: h.example, Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &length}}
	}
	return to
}
