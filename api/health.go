package api

import (
	"context"
	"net/http"

	"officermobile/models"

	"github.com/gin-gonic/gin"
)

// Health is how the node is.
type Health interface {
	// Started says that the node has loaded what it needs; nil from then on.
	Started() error
	// Ready says whether the node may be sent requests: its store answers and it is not behind.
	Ready(ctx context.Context) error
}

// Keys are the public halves of those that sign.
type Keys interface {
	JWKS() []byte
}

// State is how the node is, in one word.
type State struct {
	Status string `json:"status" enum:"ok"`
}

var (
	errNotReady   = &models.Error{Kind: models.KindUnavailable, Code: "not_ready", Message: "This server takes no requests right now.", RetryMS: 1000}
	errNotStarted = &models.Error{Kind: models.KindUnavailable, Code: "starting", Message: "This server is starting.", RetryMS: 1000}
)

// alive is about the process alone: a store that is away is no reason to restart it.
func (a *API) alive(c *gin.Context) { a.reply(c, http.StatusOK, State{"ok"}) }

func (a *API) ready(c *gin.Context) {
	err := a.deps.Health.Ready(c.Request.Context())
	select {
	case <-a.serving.Done():
		err = errDraining
	default:
	}
	if err != nil {
		a.opts.Logger.Warn("not ready", "error", err)
		a.fail(c, errNotReady)
		return
	}
	a.reply(c, http.StatusOK, State{"ok"})
}

func (a *API) started(c *gin.Context) {
	if err := a.deps.Health.Started(); err != nil {
		a.opts.Logger.Info("not started yet", "error", err)
		a.fail(c, errNotStarted)
		return
	}
	a.reply(c, http.StatusOK, State{"ok"})
}

// jwks may be kept by others for a while: a new key is published a day before it signs.
func (a *API) jwks(c *gin.Context) {
	h := c.Writer.Header()
	h["Cache-Control"] = []string{"public, max-age=300"}
	c.Data(http.StatusOK, "application/jwk-set+json", a.deps.Auth.JWKS())
}
