package api

import (
	"context"
	"fmt"
	"net/http"
	stdsync "sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
)

// API answers HTTP requests. It is safe for concurrent use.
type API struct {
	deps      Deps
	opts      Options
	engine    *gin.Engine
	huma      huma.API
	table     map[string]*route // by method, a blank and Gin's form of the path
	ends      map[string]deprecation
	limits    limits
	seats     *seats
	zips      stdsync.Pool // of *gzip.Writer
	flates    stdsync.Pool // of *flate.Writer
	buffers   stdsync.Pool // of *bytes.Buffer
	counts    counts
	published func() (published, error)

	serving context.Context // ends when streams shall end
	drain   context.CancelFunc
}

// Deps is what the handlers need of the rest. Each interface is declared beside the handlers that use it.
type Deps struct {
	Auth    Auth
	Reader  Reader
	Writer  Writer
	Sync    Sync
	Log     Log
	Push    Push
	Audit   Audit
	Health  Health
	Records Records
}

// Auth is all that is needed of who asks; *auth.Service is one.
type Auth interface {
	Verifier
	Doorman
	Accounts
	Sessions
	IntegrationKeys
	Revoker
	Watcher
	Keys
}

// New makes the API. It fails on a proxy network that can't be read, rather than trust anyone.
func New(deps Deps, opts Options) (*API, error) {
	opts = opts.withDefaults()
	gin.SetMode(gin.ReleaseMode)
	a := &API{deps: deps, opts: opts, engine: gin.New(), table: map[string]*route{}, ends: deprecations()}
	a.serving, a.drain = context.WithCancel(context.Background())
	a.limits, a.seats = newLimits(opts), newSeats(opts)
	a.zips.New, a.flates.New, a.buffers.New = newZip, newFlate, newBuffer
	if err := a.engine.SetTrustedProxies(opts.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	a.engine.RedirectFixedPath = false
	a.engine.UseRawPath, a.engine.UnescapePathValues = false, false
	a.engine.NoRoute(func(c *gin.Context) { a.fail(c, errNoRoute) })
	a.engine.NoMethod(func(c *gin.Context) { a.fail(c, errNoMethod) })
	a.engine.Use(a.begin, a.observe, a.witness, a.recover, a.guard)

	a.huma = humagin.New(a.engine, humaConfig())
	for _, r := range routes() {
		a.table[r.method+" "+ginPath(r.path)] = &r
		r.mount(a, &r)
	}
	if err := a.complete(); err != nil {
		return nil, fmt.Errorf("complete the OpenAPI document: %w", err)
	}
	a.published = stdsync.OnceValues(a.publish)
	return a, nil
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// Drain makes the node unready and ends all streams, which are told to come back elsewhere. Requests go on.
func (a *API) Drain() { a.drain() }

// Document is the OpenAPI description of everything that is served. Not to be changed.
func (a *API) Document() *huma.OpenAPI { return a.huma.OpenAPI() }
