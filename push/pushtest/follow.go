package pushtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// ErrNoServices is that nobody answers at a control address.
var ErrNoServices = errors.New("no simulated push services answer there")

// Follow calls fn with what the services at a control address show: at once, and after each arrival. It ends with ctx,
// whose error it returns, with fn's, or with ErrNoServices when they are gone.
func Follow(ctx context.Context, control string, fn func(View) error) error {
	v, err := watch(ctx, control, 0, 0)
	for err == nil {
		if err = fn(v); err != nil {
			return err
		}
		if v, err = next(ctx, control, v.Next); err == nil && ctx.Err() != nil {
			err = ctx.Err()
		}
	}
	return err
}

// next waits for an arrival, however long.
func next(ctx context.Context, control string, after int) (View, error) {
	for {
		v, err := watch(ctx, control, after, longest)
		if err != nil || v.Next != after {
			return v, err
		}
	}
}

func watch(ctx context.Context, control string, after int, wait time.Duration) (v View, err error) {
	address := control + "/watch?after=" + strconv.Itoa(after) + "&wait=" + strconv.Itoa(int(wait/time.Second))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return v, fmt.Errorf("watch %s: %w", control, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if ctx.Err() != nil {
		return v, ctx.Err()
	}
	if err != nil {
		return v, fmt.Errorf("watch %s: %w", control, ErrNoServices)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return v, fmt.Errorf("watch %s: %w (%s)", control, ErrNoServices, resp.Status)
	}
	if err := json.UnmarshalRead(resp.Body, &v); err != nil {
		return v, errors.Join(ctx.Err(), fmt.Errorf("watch %s: %w", control, ErrNoServices))
	}
	return v, nil
}
