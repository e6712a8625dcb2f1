package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"officermobile/auth"
	"officermobile/models"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
)

// Problem is the body of every error: RFC 9457. It carries no value that was submitted.
type Problem struct {
	Type      string         `json:"type" doc:"Names the sort of problem and leads, on this server, to what it means: /problems/ and the code."`
	Title     string         `json:"title" maxLength:"400" doc:"A sentence for people."`
	Status    int            `json:"status"` // that of the answer
	Code      models.Code    `json:"code" doc:"Stable word for programs."`
	RequestID string         `json:"request_id" doc:"Finds the request in the log."`
	Errors    []ProblemField `json:"errors,omitzero"` // what is wrong with which field
	Minimum   string         `json:"minimum,omitzero" doc:"Of client_too_old: the least version of the app that is served."`

	retryMS int
}

// ProblemField is what is wrong with one field.
type ProblemField struct {
	Field   string `json:"field" doc:"Name of the field, dotted where nested."`
	Message string `json:"message"` // a plain sentence; echoes no value
}

// Error is the title.
func (p *Problem) Error() string { return p.Title }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problems, whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders says when to come again. Behind a body that made no sense nothing on the connection is trusted: a proxy
// in front may have seen its end elsewhere.
func (p *Problem) GetHeaders() http.Header {
	if p.Status == http.StatusBadRequest {
		return http.Header{"Connection": {"close"}}
	}
	if p.retryMS <= 0 && p.Status != http.StatusTooManyRequests && p.Status != http.StatusServiceUnavailable {
		return nil
	}
	seconds := max(1, int(math.Ceil(float64(p.retryMS)/1000)))
	return http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}

// statusOf is the one place where a refusal becomes a status.
func statusOf(k models.Kind) int {
	switch k {
	case models.KindInvalid, models.KindMismatch:
		return http.StatusUnprocessableEntity
	case models.KindUnauthenticated:
		return http.StatusUnauthorized
	case models.KindForbidden:
		return http.StatusForbidden
	case models.KindNotFound:
		return http.StatusNotFound
	case models.KindConflict:
		return http.StatusConflict
	case models.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case models.KindLimited:
		return http.StatusTooManyRequests
	case models.KindUnavailable:
		return http.StatusServiceUnavailable
	case models.KindPrecondition:
		return http.StatusPreconditionFailed
	case models.KindFull:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// The refusals of HTTP itself.
var (
	errNoRoute   = models.ErrNotFound
	errNoMethod  = &Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Title: "This address does not take that method."}
	errEncoding  = &Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", Title: "The body must be application/json, not compressed."}
	errMalformed = &Problem{Status: http.StatusBadRequest, Code: "malformed", Title: "The body is not valid JSON: it is cut off, repeats a name, or is not UTF-8."}
	errNoObject  = models.Refuse(models.KindInvalid, "invalid", "The body must be a JSON object.")
	errTooLarge  = models.Refuse(models.KindTooLarge, "too_large", "The body is too large.")
	errCrossSite = models.Refuse(models.KindForbidden, "cross_site", "A browser may ask for this only from this site's own pages.")
	errNobody    = auth.ErrToken

	errNeedsSession = models.Refuse(models.KindForbidden, "needs_session", "This is about a session or a device, which an integration's key has not.")
	errInternal     = &Problem{Status: http.StatusInternalServerError, Code: "internal", Title: "Something went wrong here; the request id helps to find out what."}
)

// problem makes what the client sees of err. An error that isn't meant for clients is logged, here and nowhere else.
func (a *API) problem(ctx context.Context, err error) *Problem {
	ex := exchangeOf(ctx)
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p.named(ex)
	}
	if e := models.AsError(err); e != nil {
		return problemOf(e).named(ex)
	}
	if wiped := (*auth.Wiped)(nil); errors.As(err, &wiped) {
		return problemOf(auth.ErrSession).named(ex)
	}
	if ctx.Err() != nil {
		a.opts.Logger.DebugContext(ctx, "the client went away", append(ex.attrs(), "error", err)...)
	} else {
		a.opts.Logger.ErrorContext(ctx, "request failed", append(ex.attrs(), "error", err)...)
	}
	return errInternal.named(ex)
}

func problemOf(e *models.Error) *Problem {
	p := &Problem{Status: statusOf(e.Kind), Code: e.Code, Title: e.Message, retryMS: e.RetryMS}
	if e.Field != "" {
		p.Title = "A field is not as it must be."
		p.Errors = []ProblemField{{Field: shorten(e.Field), Message: strings.TrimPrefix(e.Message, e.Field+": ")}}
	}
	return p
}

// named completes a copy, so that the errors above stay as they are, and notes why the request was refused.
func (p *Problem) named(ex *exchange) *Problem {
	ex.refused = p.Code
	named := *p
	named.RequestID = ex.id
	named.Type = problemsPath + string(p.Code)
	return &named
}

// maxFieldName bounds the name of a field in an answer, since for an unknown one it is the client who chose it.
const maxFieldName = 80

func shorten(name string) string {
	if len(name) <= maxFieldName {
		return strings.ToValidUTF8(name, "")
	}
	return strings.ToValidUTF8(name[:maxFieldName], "") + "..."
}

// fail answers with a problem and ends the request.
func (a *API) fail(c *gin.Context, err error) {
	p := a.problem(c.Request.Context(), err)
	c.Abort()
	if c.Writer.Written() {
		return // a stream that breaks off says so by breaking off
	}
	h := c.Writer.Header()
	for name, values := range p.GetHeaders() {
		h[name] = values
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	h.Set("Content-Type", "application/problem+json")
	c.Writer.WriteHeader(p.Status)
	if err := json.MarshalWrite(c.Writer, p); err != nil {
		a.opts.Logger.DebugContext(c.Request.Context(), "write a problem", "error", err)
	}
}

// fieldOf is one complaint of Huma's, which names a missing field only in words.
func fieldOf(place, message string) ProblemField {
	missing, ok := strings.CutPrefix(message, "expected required property ")
	if missing, also := strings.CutSuffix(missing, " to be present"); ok && also {
		return ProblemField{Field: strings.TrimPrefix(shorten(place)+"."+missing, "."), Message: "is missing"}
	}
	return ProblemField{Field: shorten(place), Message: shorten(message)}
}

// invalidInput is Huma's complaint as a problem, without the values that it would repeat. An id that can't be one is
// answered as one that isn't there.
func invalidInput(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
	p := complaint(exchangeOf(ctx.Context()), status, errs)
	for name, values := range p.GetHeaders() { // Huma sends those of a handler's error alone
		ctx.SetHeader(name, values[0])
	}
	return p
}

func complaint(ex *exchange, status int, errs []error) *Problem {
	var fields []ProblemField
	for _, err := range errs {
		if e := models.AsError(err); e != nil {
			return problemOf(e).named(ex)
		}
		d, ok := err.(*huma.ErrorDetail)
		if !ok {
			continue
		}
		if strings.HasPrefix(d.Location, "path.") {
			return problemOf(models.ErrNotFound).named(ex)
		}
		message := d.Message
		if d.Location == "body" && status == http.StatusBadRequest {
			return errMalformed.named(ex)
		}
		_, field, _ := strings.Cut(d.Location, ".")
		fields = append(fields, fieldOf(field, message))
	}
	p := Problem{Status: status, Code: "invalid", Title: "A field is not as it must be.", Errors: fields}
	switch status {
	case http.StatusUnprocessableEntity:
	case http.StatusBadRequest:
		p = *errMalformed
	case http.StatusRequestEntityTooLarge:
		p = *problemOf(errTooLarge)
	case http.StatusUnsupportedMediaType:
		p = *errEncoding
	default:
		p = *errInternal
	}
	return p.named(ex)
}
