package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"officermobile/models"

	"github.com/go-json-experiment/json"
)

// Limits of what is read from the network.
const (
	maxAnswerBytes  = 8 << 20 // the largest page is 1 MiB; all else is smaller
	maxProblemBytes = 16 << 10
)

// Problem is a refusal by the server, as application/problem+json says it.
type Problem struct {
	Status  int         `json:"status"`
	Code    models.Code `json:"code"`
	Title   string      `json:"title"`
	Minimum string      `json:"minimum"` // with ErrTooOld: the least version that is served
	RetryMS int         `json:"-"`       // from Retry-After; 0: not told
}

// Error is the sentence for people.
func (p *Problem) Error() string {
	if p.Title == "" {
		return "the server answered " + strconv.Itoa(p.Status)
	}
	return p.Title
}

// ErrTooOld says, by errors.Is, that this version of the app is no longer served. The person has to update; the outbox is
// handed over all the same, so SyncOnce goes on.
var ErrTooOld = errors.New("this version of the app is no longer supported")

// codeTooOld is the server's word for it.
const codeTooOld models.Code = "client_too_old"

// Is makes a refusal of the app's version ErrTooOld.
func (p *Problem) Is(target error) bool { return target == ErrTooOld && p.Code == codeTooOld }

// requestWithin is how long an answer may take: over the longest wait that is asked for, and under what it takes a phone
// to find out by itself that a connection has died in a dead zone without a word.
const requestWithin = 60 * time.Second

// call sends in as JSON and reads the answer into out; either may be nil. A server that does not answer in time is one
// that can't be reached.
func (d *Device) call(ctx context.Context, method, path string, header http.Header, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in, json.Deterministic(true)); err != nil {
			return fmt.Errorf("write a request: %w", err)
		}
	}
	within, cancel := context.WithTimeout(ctx, d.cfg.Clock.Real(requestWithin))
	defer cancel()
	res, err := d.send(within, method, path, header, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	read, err := unzip(res)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(read, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err // nobody waits for it any more
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	return nil
}

// send answers a response of status 2xx, whose body the caller closes, or an error, a *Problem where the server said it.
func (d *Device) send(ctx context.Context, method, path string, header http.Header, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, d.cfg.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if d.cfg.App != "" {
		req.Header.Set("Client-Version", d.cfg.App)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept-Encoding", "gzip") // by hand, so that bytes are counted as they travel
	}
	d.counters.requests.Add(1)
	d.counters.up.Add(int64(len(body)))
	res, err := d.cfg.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reach the server: %w", err)
	}
	res.Body = &counted{res.Body, &d.counters.down}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, readProblem(res)
}

func readProblem(res *http.Response) error {
	p := &Problem{}
	if read, err := unzip(res); err == nil {
		raw, _ := io.ReadAll(io.LimitReader(read, maxProblemBytes)) // a proxy's page says nothing more than its status
		_ = json.Unmarshal(raw, p)
	}
	p.Status = res.StatusCode
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		p.RetryMS = int((time.Duration(min(s, maxRetryAfterS)) * time.Second).Milliseconds())
	}
	return p
}

// maxRetryAfterS bounds what a server, or a proxy before it, may ask for: an hour.
const maxRetryAfterS = 3600

func unzip(res *http.Response) (io.Reader, error) {
	if res.Header.Get("Content-Encoding") != "gzip" {
		return res.Body, nil
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return z, nil
}

// counted counts what is read.
type counted struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// isStatus reports a refusal with a status.
func isStatus(err error, status int) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == status
}

// bearer is the header of who asks.
func bearer(access string) http.Header {
	if access == "" {
		return http.Header{}
	}
	return http.Header{"Authorization": {"Bearer " + access}}
}
