package api

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
)

// published is the document in both forms.
type published struct{ json, yaml []byte }

// publish writes the document. It is done once, when it is first asked for: most processes are never asked.
func (a *API) publish() (published, error) {
	asYAML, err := a.Document().YAML()
	if err != nil {
		return published{}, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	asJSON, err := json.Marshal(a.Document(), json.Deterministic(true))
	if err != nil {
		return published{}, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return published{json: asJSON, yaml: asYAML}, nil
}

func (a *API) openAPIJSON(c *gin.Context) {
	a.answerDocument(c, asJSON, func(p published) []byte { return p.json })
}

func (a *API) openAPIYAML(c *gin.Context) {
	a.answerDocument(c, asYAML, func(p published) []byte { return p.yaml })
}

func (a *API) answerDocument(c *gin.Context, media string, form func(published) []byte) {
	p, err := a.published()
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Data(http.StatusOK, media, form(p))
}
