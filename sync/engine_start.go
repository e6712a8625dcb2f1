package sync

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// replayed is a log folded up to its end, or to where a snapshot stands.
type replayed struct {
	state *models.State
	chain record.Chain
	floor floorPolicy
}

// replay folds a log: from its newest snapshot that holds, if there is one, and the tail behind it. A log that can't be
// folded answers an error that isn't the store's.
func replay(ctx context.Context, st store.Store, log store.Name, opts Options) (*replayed, error) {
	r, err := loadSnapshot(ctx, st, log, opts)
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = &replayed{state: models.NewState(), chain: record.Chain{Log: string(log)}}
	}
	r.floor.events, r.floor.age = record.Seq(opts.FloorEvents), opts.FloorAge
	if opts.FloorEvents < 0 {
		r.floor.events = record.MaxSeq
	}
	for {
		batches, err := st.Read(ctx, log, r.chain.Seq, tailBatches)
		if errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("%w: no snapshot reaches the first batch still held", errUnfit)
		}
		if err != nil {
			return nil, fmt.Errorf("replay behind %d: %w", r.chain.Seq, err)
		}
		if len(batches) == 0 {
			return r, nil
		}
		for _, b := range batches {
			if err := r.fold(b); err != nil {
				return nil, err
			}
		}
	}
}

// errUnfit is a log that this version can't serve, whatever the number of attempts.
var errUnfit = errors.New("the log can't be folded")

func (r *replayed) fold(b record.Batch) error {
	chain, events, err := next(r.chain, b)
	if err == nil {
		err = applyAll(r.state, events)
	}
	if err != nil {
		return fmt.Errorf("%w: behind %d: %w", errUnfit, r.chain.Seq, err)
	}
	r.chain = chain
	r.floor.note(chain)
	return nil
}

// start replays a log and starts its engine. An empty log gets an epoch, drawn now, that its first batch will carry.
func start(ctx context.Context, st store.Store, id models.AgencyID, opts Options) (g *Agency, err error) {
	log := logOf(id)
	began := opts.Clock.Now()
	r, err := replay(ctx, st, log, opts)
	if err != nil {
		return nil, err
	}
	e := &engine{
		Agency: &Agency{
			id: id, log: log, store: st, queue: newQueue(opts.QueueLimit), nudge: make(chan struct{}, 1), stopped: make(chan struct{}),
			state: r.state, tip: Tip{Epoch: r.chain.Epoch, Seq: r.chain.Seq, Hash: r.chain.Hash},
		},
		opts: opts, logger: opts.Logger.With("agency", id.String()), rand: bufio.NewReader(opts.Rand),
		chain: r.chain, floor: r.floor, due: began,
	}
	if r.chain.Seq == 0 {
		if e.chain.Epoch, err = drawEpoch(opts.Rand); err != nil {
			return nil, err
		}
	}
	e.snaps.began(r.chain.Seq, began)
	e.confirm(began)
	running, stop := context.WithCancel(context.Background())
	e.stop = stop
	go e.loop(running)
	return e.Agency, nil
}

// drawEpoch draws what tells this log from any restored or recreated one.
func drawEpoch(random io.Reader) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return 0, fmt.Errorf("draw an epoch: %w", err)
	}
	return binary.BigEndian.Uint64(b[:]), nil
}

// close ends the engine: what has queued is still done unless ctx ends first.
func (g *Agency) close(ctx context.Context) error {
	g.queue.close()
	defer g.stop()
	select {
	case <-g.stopped:
		return nil
	case <-ctx.Done():
		g.stop()
		<-g.stopped
		return ctx.Err()
	}
}
