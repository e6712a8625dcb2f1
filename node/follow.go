package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

// kindFollowed is an agency's position: up to there, all that its log puts an end to has ended.
const kindFollowed store.Kind = "followed"

const (
	// followPage is how many events are read at a time.
	followPage = 256
	// followSave is after how many events the position is saved though nothing ended: so many are read again, for
	// nothing, after a restart.
	followSave = 4096
	// followPause is the longest wait before what the store refused is tried again: on a full disk that is for long.
	followPause = 30 * time.Second
)

// follower keeps sessions and push addresses in line with what an agency's log says of users and devices, whichever way
// it came in. Where it is stands in the store, so that what a crash cut short is done at the next start.
type follower struct {
	docs     store.Documents
	feed     feed
	sessions api.Revoker
	phones   api.Unbinder
	logger   *slog.Logger
	agency   models.AgencyID

	after   record.Seq // done up to here
	saved   record.Seq // that a restart begins behind
	version uint64     // of the position's document
}

// follow begins to follow an agency, once. The goroutine ends with ctx.
func (n *Node) follow(ctx context.Context, agency models.AgencyID) error {
	if _, err := n.Agencies.Agency(ctx, agency); err != nil {
		return err
	}
	if _, known := n.followed.LoadOrStore(agency, struct{}{}); !known {
		f := &follower{docs: n.Storage, feed: feed{n}, sessions: n.Auth, phones: pushDesk{n}, logger: n.logger, agency: agency}
		n.followers.Go(func() { f.run(ctx) })
	}
	return nil
}

// run follows until ctx ends, through whatever the store does.
func (f *follower) run(ctx context.Context) {
	pause := askAgain
	for {
		err := f.load(ctx)
		for err == nil {
			if err = f.step(ctx); err == nil {
				pause = askAgain
			}
		}
		if ctx.Err() != nil {
			return
		}
		f.logger.Error("end what the log ends", "agency", f.agency.String(), "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, followPause)
	}
}

// load goes to where this node, or another, has come.
func (f *follower) load(ctx context.Context) error {
	d, err := f.docs.Get(ctx, kindFollowed, f.agency.Hex())
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read how far the log was followed: %w", err)
	}
	if err := json.Unmarshal(d.Body, &f.saved); err != nil {
		return fmt.Errorf("read how far the log was followed: %w", err)
	}
	f.after, f.version = max(f.after, f.saved), d.Version
	return nil
}

// step does what the next events ask for, or waits for some.
func (f *follower) step(ctx context.Context) error {
	changed := f.feed.Changed(f.agency)
	events, upto, err := f.feed.Events(ctx, f.agency, f.after, followPage)
	if err != nil {
		return err
	}
	if err := api.Follow(ctx, f.sessions, f.phones, f.agency, events); err != nil {
		return err
	}
	came := upto > f.after
	f.after = upto
	if api.Ends(events) || f.after >= f.saved+followSave {
		return f.save(ctx)
	}
	if came {
		return nil
	}
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// save moves the position. Another node may have moved it further, which is as good: ends are for all nodes.
func (f *follower) save(ctx context.Context) error {
	body, err := json.Marshal(f.after)
	if err != nil {
		return err
	}
	version, err := f.docs.PutIf(ctx, store.Document{Kind: kindFollowed, ID: f.agency.Hex(), Version: f.version, Body: body})
	if errors.Is(err, store.ErrVersion) {
		return f.load(ctx)
	}
	if err != nil {
		return fmt.Errorf("save how far the log was followed: %w", err)
	}
	f.saved, f.version = f.after, version
	return nil
}
