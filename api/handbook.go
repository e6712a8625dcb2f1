package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	stdsync "sync"

	"officermobile/models"

	"github.com/gin-gonic/gin"
)

// The handbook is the document for people: pages made here from the same document that programs read, with no script
// and nothing from another host, so that it can be read inside an agency's network and on a phone.
var (
	//go:embed handbook/pages.html
	handbookPages string
	//go:embed handbook/style.css
	handbookStyle string
)

// handbook is what the pages are made with.
var handbook = stdsync.OnceValues(func() (*template.Template, error) {
	style := template.CSS(handbookStyle) //nolint:gosec // our own file
	return template.New("").Funcs(template.FuncMap{"style": func() template.CSS { return style }}).Parse(handbookPages)
})

// handbookPolicy lets a page have its own style and nothing else.
var handbookPolicy = stdsync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(handbookStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
})

// asHTML is the content type of pages.
const asHTML = "text/html"

// chapter is a subject with its operations.
type chapter struct {
	Name, Says string
	Operations []operationPage
}

// overviewPage is the handbook's first page.
type overviewPage struct {
	Title, Version string
	Chapters       []chapter
	Refusals       []refusalPage
}

// refusalPage is what there is to say of a code.
type refusalPage struct {
	Code, Status, Says, Do string
}

func (a *API) docs(c *gin.Context) {
	page := overviewPage{Title: "Officer Mobile", Version: version, Refusals: refusalPages()}
	all := slices.Collect(a.operations())
	for _, s := range subjects() {
		ch := chapter{Name: s.name, Says: s.says}
		for _, d := range all {
			if d.op.Tags[0] == s.name {
				ch.Operations = append(ch.Operations, headOf(d))
			}
		}
		page.Chapters = append(page.Chapters, ch)
	}
	a.show(c, "overview", page)
}

// pageInput names a page.
type pageInput struct {
	Name string `path:"name" maxLength:"64" pattern:"^[a-z-]+$" doc:"Name of an operation, as the document has it."`
}

func (a *API) docsOperation(c *gin.Context) {
	for d := range a.operations() {
		if d.op.OperationID == c.Param("name") {
			page, err := a.operationPage(d)
			if err != nil {
				a.fail(c, err)
				return
			}
			a.show(c, "operation", page)
			return
		}
	}
	a.fail(c, models.ErrNotFound)
}

// codeInput names a refusal.
type codeInput struct {
	Code string `path:"code" maxLength:"64" pattern:"^[a-z_]+$" doc:"The code of a problem."`
}

// problemPage is where a problem's type leads.
func (a *API) problemPage(c *gin.Context) {
	var found []refusalPage
	for _, r := range refusalPages() {
		if r.Code == c.Param("code") {
			found = append(found, r)
		}
	}
	if found == nil {
		a.fail(c, models.ErrNotFound)
		return
	}
	a.show(c, "problem", found)
}

func refusalPages() []refusalPage {
	var all []refusalPage
	for _, r := range refusals() {
		all = append(all, refusalPage{Code: string(r.code), Status: statusTitle(r.status), Says: r.says, Do: string(r.do)})
	}
	return all
}

// show answers with a page. It is made before anything is sent, so that a fault in it is a problem like any other.
func (a *API) show(c *gin.Context, name string, data any) {
	pages, err := handbook()
	var b bytes.Buffer
	if err == nil {
		err = pages.ExecuteTemplate(&b, name, data)
	}
	if err != nil {
		a.fail(c, fmt.Errorf("make the page %s: %w", name, err))
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", handbookPolicy())
	c.Data(http.StatusOK, asHTML+"; charset=utf-8", b.Bytes())
}
