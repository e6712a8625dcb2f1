package api

import (
	"context"
	"net/http"
	"strconv"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/gin-gonic/gin"
)

// exchange is what is known of a request beside its input. It travels in the request's context.
type exchange struct {
	id      string // request id
	row     *route // of the table; nil: there is none
	route   string // name of the operation
	remote  string // the client's address
	request *http.Request
	caller  auth.Caller // who asks; zero on routes for nobody
	types   models.UserTypes
	bound   bool // the device is registered to the caller
	held    bool // a stream or long poll

	// What became of it, for the audit log.
	refused models.Code // why not; "": it was done
	seq     uint64      // position of the change in the agency's log
	made    string      // id of what was made
	filters []string    // of a search
	hits    int         // of a search
}

type exchangeKey struct{}

// exchangeOf is the exchange of a context; an empty one if there is none, as in a request that broke off early.
func exchangeOf(ctx context.Context) *exchange {
	if ex, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return ex
	}
	return &exchange{}
}

// device is the device that a command comes from: none for a console or integration that registered none.
func (ex *exchange) device() models.DeviceID {
	if ex.bound {
		return ex.caller.Device
	}
	return models.DeviceID{}
}

func (ex *exchange) wireCaller() wire.Caller {
	return wire.Caller{Agency: ex.caller.Agency, User: ex.caller.User, Device: ex.caller.Device, Session: ex.caller.Session}
}

// maxRequestID bounds a request id that a client or proxy gave.
const maxRequestID = 64

// begin names the request and sets what every answer has. The busiest route is spared what only browsers' pages need.
func (a *API) begin(c *gin.Context) {
	ex := &exchange{id: c.GetHeader("X-Request-Id"), remote: c.ClientIP()}
	if !goodRequestID(ex.id) {
		ex.id = a.opts.NewID().String()
	}
	if ex.row = a.table[c.Request.Method+" "+c.FullPath()]; ex.row != nil { // else Gin answers
		ex.route = ex.row.name
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), exchangeKey{}, ex))
	ex.request = c.Request
	h := c.Writer.Header()
	h["Cache-Control"] = []string{"no-store"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["X-Request-Id"] = []string{ex.id}
	if len(c.Request.TransferEncoding) > 0 { // a length beside it was dropped; a proxy may have gone by that
		h["Connection"] = []string{"close"}
	}
	if c.Request.URL.Path != syncPath {
		h["Content-Security-Policy"] = []string{"default-src 'none'; frame-ancestors 'none'"}
		h["Referrer-Policy"] = []string{"no-referrer"}
		h["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
}

func goodRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// recover answers a panic as any internal error; the stack is for the log alone.
func (a *API) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v)
		}
		a.counts.panics.Add(1)
		a.fail(c, panicked{v})
	}()
	c.Next()
}

func statusText(status int) string { return strconv.Itoa(status) }
