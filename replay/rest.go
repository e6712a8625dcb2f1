package replay

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"officermobile/client"
	"officermobile/clock"
	"officermobile/models/record"

	"github.com/go-json-experiment/json"
)

// admin is the administrator: a console, whose session the plain REST calls use.
type admin struct {
	device  *client.Device
	account Account
	http    *http.Client
	url     string
}

const (
	requestTimeout = 30 * time.Second // of wall time; a password takes some
	maxTries       = 40               // of a request that was refused for the moment
	maxRESTBytes   = 64 << 20         // 200 batches of the log, at the very most
	logPage        = 100              // batches
)

// signInAdmin begins the administrator's session.
func signInAdmin(ctx context.Context, url string, account Account, c clock.Clock) (*admin, error) {
	a := &admin{account: account, http: &http.Client{Transport: &http.Transport{}, Timeout: requestTimeout}, url: url}
	var err error
	a.device, err = client.New(ctx, client.Config{
		BaseURL: url, HTTP: a.http, Store: client.NewMemory(), Clock: c, Name: "rehearsal", Class: "console", Platform: "other",
	})
	if err != nil {
		return nil, err
	}
	return a, a.signIn(ctx)
}

func (a *admin) signIn(ctx context.Context) error {
	return patiently(ctx, func() error { return a.device.SignIn(ctx, a.account.Agency, a.account.Username, a.account.Password) })
}

// patiently tries again what the server refuses only for the moment.
func patiently(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		var problem *client.Problem
		if err == nil || !errors.As(err, &problem) || problem.Status != http.StatusTooManyRequests && problem.Status != http.StatusServiceUnavailable || try == maxTries {
			return err
		}
		wait := time.NewTimer(max(time.Duration(problem.RetryMS)*time.Millisecond, 100*time.Millisecond))
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
}

// call makes a REST call and reads the answer into out, unless that is nil.
func (a *admin) call(ctx context.Context, method, path string, in, out any) error {
	again := false
	return patiently(ctx, func() error {
		err := call(ctx, a.http, a.device.Meta().Session.Access, method, a.url+path, in, out)
		var problem *client.Problem
		if errors.As(err, &problem) && problem.Status == http.StatusUnauthorized && !again {
			again = true
			if err := a.signIn(ctx); err != nil {
				return err
			}
			return call(ctx, a.http, a.device.Meta().Session.Access, method, a.url+path, in, out)
		}
		return err
	})
}

// make posts a form and answers the id of what was made.
func (a *admin) make(ctx context.Context, path string, form any) (id string, err error) {
	var made struct {
		ID string `json:"id"`
	}
	if err := a.call(ctx, http.MethodPost, path, form, &made); err != nil {
		return "", fmt.Errorf("post %s: %w", path, err)
	}
	return made.ID, nil
}

func call(ctx context.Context, c *http.Client, access, method, url string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if in == nil {
		body = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+access)
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxRESTBytes))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		p := &client.Problem{}
		_ = json.Unmarshal(raw, p) // what is no problem document still has its status
		p.Status = res.StatusCode
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")) // absent: none
		p.RetryMS = seconds * 1000
		return p
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// logBatch is a batch as the API shows it.
type logBatch struct {
	Header   []byte `json:"header"`
	Payloads []struct {
		KeyID uint32 `json:"key_id"`
		Salt  []byte `json:"salt"`
		Bytes []byte `json:"bytes"`
	} `json:"payloads"`
}

// batches reads a run of the log.
func (a *admin) batches(ctx context.Context, after record.Seq) ([]record.Batch, error) {
	var page struct {
		Batches []logBatch `json:"batches"`
	}
	path := fmt.Sprintf("/v1/log?after=%d&limit=%d", after, logPage)
	if err := a.call(ctx, http.MethodGet, path, nil, &page); err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	all := make([]record.Batch, len(page.Batches))
	for i, b := range page.Batches {
		all[i].Header = b.Header
		for _, p := range b.Payloads {
			payload := record.Payload{KeyID: p.KeyID, Bytes: p.Bytes}
			copy(payload.Salt[:], p.Salt)
			all[i].Payloads = append(all[i].Payloads, payload)
		}
	}
	return all, nil
}

// serverTime is what the server's clock shows, and the wall time at which it did.
func (a *admin) serverTime(ctx context.Context) (shown, at time.Time, err error) {
	a.http.CloseIdleConnections()                     // they may lead to a server that was killed
	if _, err := a.device.SyncOnce(ctx); err != nil { // the first one brings everything
		return shown, at, err
	}
	before := time.Now()
	if _, err := a.device.SyncOnce(ctx); err != nil {
		return shown, at, err
	}
	return a.device.Meta().At, before.Add(time.Since(before) / 2), nil
}

// take reads an id that the server gave.
func take(id encoding.TextUnmarshaler, s string, err error) error {
	if err != nil {
		return err
	}
	return id.UnmarshalText([]byte(s))
}
