package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

const livePath = "/v1/live"

// The ends of a stream, beside those of the network.
var (
	errSilent = errors.New("the stream has been silent for too long")
	errOther  = errors.New("the stream belongs to a session that is over")
)

// byeError is a stream's end, as the server announced it.
type byeError struct{ wire.Bye }

func (e *byeError) Error() string { return "the server closed the stream: " + e.Why }

// stream is an open stream. While it is Device.live it owns the position: pages of answers are thrown away, for the
// stream brings the same. So there is one chain of pages, each from where the one before ended.
type stream struct {
	watch       *watch
	unconfirmed time.Time // when the first frame came that the server doesn't know of; zero: none. Device.mu guards it
	urgent      bool      // and one of them is urgent
}

// openStream asks for a stream from the present position. The caller closes it.
func (d *Device) openStream(ctx context.Context) (*http.Response, error) {
	d.mu.Lock()
	err, token, header := d.usable(), d.token(), bearer(d.meta.Session.Access)
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	header.Set("Accept", "text/event-stream")
	if token != "" {
		header.Set("Last-Event-ID", token)
	}
	query := url.Values{"schema": {strconv.Itoa(wire.Schema)}}
	if d.cfg.Window > 0 {
		query.Set("window", strconv.Itoa(d.cfg.Window))
	}
	d.counters.streams.Add(1)
	return d.send(ctx, http.MethodGet, livePath+"?"+query.Encode(), header, nil)
}

// listen opens a stream and uses its frames until it ends; the error says how. lived is for how long it was open.
func (d *Device) listen(ctx context.Context) (lived time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &stream{watch: newWatch(d.cfg.Clock, func() { cancel(errSilent) })}
	defer s.watch.stop()
	res, err := d.openStream(ctx)
	if err != nil {
		return 0, because(ctx, err)
	}
	defer res.Body.Close()
	opened := d.monotonic()
	d.mu.Lock()
	d.live = s
	d.mu.Unlock()

	var posting sync.WaitGroup
	posting.Go(func() {
		if err := d.attend(ctx, s); err != nil {
			cancel(err)
		}
	})
	err = d.frames(ctx, s, newEvents(res.Body))
	cancel(err)
	d.mu.Lock()
	if d.live == s {
		d.live = nil
	}
	d.mu.Unlock()
	posting.Wait()
	return d.monotonic() - opened, because(ctx, err)
}

// because is the reason for which a context was cancelled, where that is why something failed.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (d *Device) frames(ctx context.Context, s *stream, events *events) error {
	for {
		ev, err := events.next()
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		s.watch.heard(ev.name == "page")
		if err := d.frame(ctx, s, ev); err != nil {
			return err
		}
	}
}

// frame uses one event. Names of a later version are passed over.
func (d *Device) frame(ctx context.Context, s *stream, ev event) error {
	switch ev.name {
	case "page":
		var p Page
		if err := json.Unmarshal(ev.data, &p); err != nil {
			return fmt.Errorf("%w: %w", errNoAnswer, err)
		}
		return d.framed(ctx, s, p)
	case "mark":
		return d.marked(ctx, s, ev.id)
	case "now":
		return d.volatile(ev.data)
	case "bye":
		bye := &byeError{}
		if err := json.Unmarshal(ev.data, &bye.Bye); err != nil {
			return fmt.Errorf("%w: %w", errNoAnswer, err)
		}
		return bye
	}
	return nil
}

// framed uses a page by the same function as an answer's, and has it confirmed.
func (d *Device) framed(ctx context.Context, s *stream, p Page) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.live != s {
		return errOther
	}
	t, err := d.take(ctx, p)
	if err != nil {
		return err
	}
	if s.unconfirmed.IsZero() {
		s.unconfirmed = d.cfg.Clock.Now()
	}
	s.urgent = s.urgent || t.urgent
	d.wake.raise()
	return nil
}

// marked moves the position where nothing changed. Between two pages of a pass it says nothing.
func (d *Device) marked(ctx context.Context, s *stream, token string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.live != s {
		return errOther
	}
	if token == "" || d.meta.Pass != nil {
		return nil
	}
	meta := d.meta.clone()
	meta.Token = token
	return d.commit(ctx, Change{Meta: &meta})
}

func (d *Device) volatile(data []byte) error {
	var now wire.Now
	if err := json.Unmarshal(data, &now); err != nil {
		return fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard(now)
	return nil
}

// watch notices a stream that has died without saying so.
type watch struct {
	clock clock.Clock
	mu    sync.Mutex
	timer *time.Timer
	owed  bool
}

func newWatch(c clock.Clock, silent func()) *watch {
	return &watch{clock: c, timer: time.AfterFunc(c.Real(silence), silent)}
}

// heard notes a frame or heartbeat. A heartbeat doesn't make up for a page that is owed.
func (w *watch) heard(page bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.owed && !page {
		return
	}
	w.owed = false
	w.timer.Reset(w.clock.Real(silence))
}

// owe says that an answer held rows that the stream is bound to bring.
func (w *watch) owe() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.owed {
		w.owed = true
		w.timer.Reset(w.clock.Real(owedPatience))
	}
}

func (w *watch) stop() { w.timer.Stop() }
