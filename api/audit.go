package api

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"officermobile/models"
	"officermobile/models/trail"
)

// AuditPage is lines of the audit log, the newest first.
type AuditPage struct {
	Items []trail.Entry `json:"items"` // the newest first
	Next  string        `json:"next,omitzero" doc:"Value of cursor for the next page; absent on the last. A page may be empty and yet have one."`
}

// AuditQuery says which lines are wanted. It is exported because Huma passes over embedded types that are not.
type AuditQuery struct {
	From    time.Time     `query:"from" doc:"RFC 3339; lines from then on."`
	To      time.Time     `query:"to" doc:"RFC 3339; lines before."`
	User    models.UserID `query:"user" doc:"Who did it, or to whom it was done."`
	What    string        `query:"what" maxLength:"63" doc:"An operation's name, or what became of a session, such as signed_in."`
	Outcome string        `query:"outcome" maxLength:"63" doc:"ok, a code, or refused for every failure."`
	Cursor  string        `query:"cursor" maxLength:"10" doc:"The next of the page before."`
}

func (q AuditQuery) query(limit int) (trail.Query, error) {
	wanted := trail.Query{User: q.User, What: q.What, Outcome: q.Outcome, Limit: limit}
	if !q.From.IsZero() {
		wanted.From = q.From.UnixMicro()
	}
	if !q.To.IsZero() {
		wanted.To = q.To.UnixMicro()
	}
	if q.Cursor != "" {
		before, err := strconv.ParseUint(q.Cursor, 10, 32)
		if err != nil || before == 0 {
			return wanted, models.Invalid("cursor", "is not the next of a page")
		}
		wanted.Before = uint32(before)
	}
	return wanted, nil
}

type auditInput struct {
	AuditQuery
	Limit int `query:"limit" minimum:"1" maximum:"200" doc:"At most 200, the default."`
}

func (a *API) listAudit(ctx context.Context, in *auditInput) (*answer[AuditPage], error) {
	if in.Limit == 0 {
		in.Limit = maxList
	}
	q, err := in.query(in.Limit)
	if err != nil {
		return nil, err
	}
	found, err := a.deps.Audit.Search(ctx, exchangeOf(ctx).caller.Agency, q)
	if err != nil {
		return nil, err
	}
	page := AuditPage{Items: append([]trail.Entry{}, found.Entries...)}
	if found.Next > 0 {
		page.Next = strconv.Itoa(int(found.Next))
	}
	return answered(page), nil
}

// maxExport bounds the lines of a file: a few megabytes, and a second's work.
const maxExport = 10_000

type auditExportInput struct {
	AuditQuery
	Format string `query:"format" enum:"csv,ndjson" doc:"csv, the default, or a JSON object on each line."`
}

type exported struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Link        string `header:"Link" doc:"With rel=next: where the file goes on. It has at most 10,000 lines."`
	Body        []byte
}

func (a *API) exportAudit(ctx context.Context, in *auditExportInput) (*exported, error) {
	entries, next, err := a.collectAudit(ctx, in.AuditQuery)
	if err != nil {
		return nil, err
	}
	out := &exported{Type: asCSV + "; charset=utf-8", Disposition: `attachment; filename="audit.csv"`}
	write := trail.WriteCSV
	if in.Format == "ndjson" {
		out.Type, out.Disposition, write = asLines, `attachment; filename="audit.ndjson"`, trail.WriteNDJSON
	}
	if next > 0 {
		query := exchangeOf(ctx).request.URL.Query()
		query.Set("cursor", strconv.Itoa(int(next)))
		out.Link = fmt.Sprintf(`<%s>; rel="next"`, (&url.URL{Path: "/v1/audit/export", RawQuery: query.Encode()}).String())
	}
	var file bytes.Buffer
	if err := write(&file, entries); err != nil {
		return nil, err
	}
	out.Body = file.Bytes()
	return out, nil
}

// collectAudit reads pages up to what a file holds.
func (a *API) collectAudit(ctx context.Context, in AuditQuery) (entries []trail.Entry, next uint32, err error) {
	const page = 1000
	q, err := in.query(page)
	if err != nil {
		return nil, 0, err
	}
	for len(entries) <= maxExport-page {
		found, err := a.deps.Audit.Search(ctx, exchangeOf(ctx).caller.Agency, q)
		if err != nil {
			return nil, 0, err
		}
		entries = append(entries, found.Entries...)
		if q.Before = found.Next; found.Next == 0 {
			return entries, 0, nil
		}
	}
	return entries, q.Before, nil
}
