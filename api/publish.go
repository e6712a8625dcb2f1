package api

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
)

// published is the document in both forms, made once.
type published struct{ json, yaml []byte }

// publish writes the document, after every route is in it.
func (a *API) publish() error {
	if err := a.complete(); err != nil {
		return fmt.Errorf("complete the OpenAPI document: %w", err)
	}
	asYAML, err := a.Document().YAML()
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	asJSON, err := json.Marshal(a.Document(), json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	a.published = published{json: asJSON, yaml: asYAML}
	return nil
}

func (a *API) openAPIJSON(c *gin.Context) {
	c.Data(http.StatusOK, "application/json", a.published.json)
}

func (a *API) openAPIYAML(c *gin.Context) { c.Data(http.StatusOK, asYAML, a.published.yaml) }
