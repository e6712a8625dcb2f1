package api

import (
	"bufio"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
)

// recordInput is what a record is asked for with.
type recordInput struct {
	User    models.UserID `path:"user"`
	From    time.Time     `query:"from" doc:"Required. RFC 3339; from then on."`
	To      time.Time     `query:"to" doc:"Required. RFC 3339; before then."`
	Reason  string        `query:"reason" maxLength:"200" doc:"Required. Why it is asked for, such as the number of a request; the audit log keeps it."`
	Notices bool          `query:"notices" doc:"Also what the conversations said of who came and went."`
}

// recordLines is how an answer looks to who reads it as a whole.
type recordLines struct{}

// Schema is that of lines, each of which is a RecordLine.
func (recordLines) Schema(r huma.Registry) *huma.Schema {
	line := r.Schema(reflect.TypeFor[wire.RecordLine](), true, "RecordLine")
	return &huma.Schema{Type: huma.TypeString, Description: "A RecordLine on each line.", Extensions: map[string]any{"contentMediaType": asLines, "contentSchema": line}}
}

const (
	// maxReason is how many characters of a reason are kept.
	maxReason = 200
	// recordBuffer is how much of a record is put together before it is handed to the network.
	recordBuffer = 32 << 10
)

// record streams what somebody sent and received: a line of JSON each. It is raw because nobody knows beforehand how
// much it is.
func (a *API) record(c *gin.Context) {
	ex := exchangeOf(c.Request.Context())
	q, err := recordQuery(c.Param("user"), c.Request.URL.Query())
	if err == nil {
		err = a.tellOfRecord(c, q)
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	ctx, stop := a.watched(c.Request.Context(), ex)
	defer stop()
	lines := bufio.NewWriterSize(&patient{w: c.Writer, within: a.opts.WriteWithin}, recordBuffer)
	err = a.deps.Records.Record(ctx, ex.wireCaller(), q, func(l wire.RecordLine) error {
		c.Writer.Header()["Content-Type"] = []string{asLines}
		if err := json.MarshalWrite(lines, l, json.Deterministic(true)); err != nil {
			return err
		}
		return lines.WriteByte('\n')
	})
	if err == nil {
		err = lines.Flush()
	}
	if err != nil {
		a.fail(c, err) // one that breaks off says so by having no proof at its end
	}
}

// patient hands on to a client for as long as it goes on taking: the server's own deadline is meant for short answers.
type patient struct {
	w      http.ResponseWriter
	within time.Duration
}

// Write hands b to the network.
func (p *patient) Write(b []byte) (int, error) {
	rc := http.NewResponseController(p.w)
	if err := rc.SetWriteDeadline(time.Now().Add(p.within)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := p.w.Write(b)
	return n, errors.Join(err, ignoreUnsupported(rc.Flush()))
}

func ignoreUnsupported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// recordQuery reads what Huma reads elsewhere.
func recordQuery(user string, values url.Values) (q wire.RecordQuery, err error) {
	if q.User.UnmarshalText([]byte(user)) != nil || q.User.IsZero() {
		return q, models.ErrNotFound
	}
	for name, given := range values {
		if len(given) != 1 || !slices.Contains([]string{"from", "to", "reason", "notices"}, name) {
			return q, models.Invalid("query", "has an unknown parameter, or one twice")
		}
	}
	if q.From, err = timeOf(values, "from"); err != nil {
		return q, err
	}
	if q.To, err = timeOf(values, "to"); err != nil {
		return q, err
	}
	q.Notices = values.Get("notices") == "true"
	q.Reason = strings.TrimSpace(values.Get("reason"))
	if q.Reason == "" || utf8.RuneCountInString(q.Reason) > maxReason || strings.ContainsFunc(q.Reason, unicode.IsControl) {
		return q, models.Invalid("reason", "is missing, too long or not one line")
	}
	return q, nil
}

func timeOf(values url.Values, name string) (models.Micros, error) {
	t, err := time.Parse(time.RFC3339, values.Get(name))
	if err != nil {
		return 0, models.Invalid(name, "is missing or not a time of RFC 3339")
	}
	return microsOf(t), nil
}

// tellOfRecord puts on record who asks and why, before anything is answered.
func (a *API) tellOfRecord(c *gin.Context, q wire.RecordQuery) error {
	ex := exchangeOf(c.Request.Context())
	e := ex.entry(c, 0)
	e.Why = q.Reason
	return a.deps.Audit.Record(c.Request.Context(), ex.caller.Agency, e)
}
