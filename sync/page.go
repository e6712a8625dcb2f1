package sync

import (
	"fmt"
	"strings"

	"officermobile/internal/panics"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Bytes that a page spends around data: the page itself with its token, an item's scope, kind, id and rev, the frame of
// a run of messages, and an author or a row of it without the text. Rounded up, for max_bytes is a promise.
const (
	pageBytes   = 400
	itemBytes   = 110
	runBytes    = 90
	authorBytes = 26
	rowBytes    = 110
)

// page makes of a look what fits: the page, but for its token and times, and the position that its token shall hold,
// but for h8. At least one step fits, so that every page gets on.
func (l *look) page() (wire.Page[any], position, error) {
	c := cutter{page: wire.Page[any]{Full: l.pass.full, Begin: l.begin, Items: []wire.Item[any]{}}, left: l.bytes - pageBytes}
	last := step{}
	rest := l.rest
	for i, st := range l.steps {
		fits, err := c.put(st, i == 0)
		if err != nil {
			return wire.Page[any]{}, position{}, err
		}
		if !fits {
			rest = true
			break
		}
		last = st
	}
	next := position{seq: l.h0, newest: l.applied, view: viewVersion}
	if rest {
		p := l.pass
		p.at, p.place = last.scope, last.place
		next.pass = &p
		c.page.More = true
		return c.page, next, nil
	}
	c.page.Done = doneMap(l.pass.done)
	return c.page, next, nil
}

// cutter fills a page up to its size.
type cutter struct {
	page    wire.Page[any]
	left    int
	run     models.Scope               // of the run of messages at the end, if there is one
	authors map[models.UserID]struct{} // named in it
}

// put appends a step if it fits, or must.
func (c *cutter) put(st step, must bool) (bool, error) {
	if st.message != nil {
		return c.putMessage(st.scope, *st.message, must), nil
	}
	item, cost := st.item, itemBytes
	if item.Data != nil {
		data, err := json.Marshal(item.Data)
		if err != nil {
			return false, fmt.Errorf("render %s: %w", item.Kind, err)
		}
		item.Data, cost = jsontext.Value(data), cost+len(data)
	}
	if cost > c.left && !must {
		return false, nil
	}
	c.left -= cost
	c.page.Items = append(c.page.Items, item)
	c.run = models.Scope{}
	return true, nil
}

// putMessage appends to the run of its conversation, which it may begin.
func (c *cutter) putMessage(sc models.Scope, m wire.Message, must bool) bool {
	cost := rowBytes + quoted(m.Text)
	begins := c.run != sc
	if begins {
		cost += runBytes
	}
	if _, named := c.authors[m.Author]; begins || !named {
		cost += authorBytes
	}
	if cost > c.left && !must {
		return false
	}
	c.left -= cost
	if begins {
		c.run, c.authors = sc, map[models.UserID]struct{}{}
		c.page.Items = append(c.page.Items, wire.Item[any]{Scope: sc, Kind: models.RowMessages, Data: wire.Messages(nil)})
	}
	c.authors[m.Author] = struct{}{}
	item := &c.page.Items[len(c.page.Items)-1]
	item.Data = append(item.Data.(wire.Messages), m)
	return true
}

// quoted is how many bytes a text takes in JSON, at most.
func quoted(text string) int {
	n := len(text) + strings.Count(text, `"`) + strings.Count(text, `\`)
	for _, r := range text {
		if r < ' ' {
			n += 5
		}
	}
	return n
}

// guard turns a panic into an error: a page that can't be made is no reason to fall.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("page: panic: %s", panics.Text(p))
		}
	}()
	return fn()
}
