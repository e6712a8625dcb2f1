package push

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"officermobile/models"
)

// doubtReads is how many addresses are asked for at once: a few, as each is one read by key, and workers read too.
const doubtReads = 4

// doubtful reports a ring for a device that had no address when last asked, and to which nothing else is owed about
// that thing. Such rings are resolved together by the reader: a slot and a worker for each would cost far more than
// finding once more that nobody can be rung. A device that is not known yet takes the way of all others.
func (r *reader) doubtful(o owed) bool {
	return r.p.addresses.absent.suspects(o.key.deviceKey) && !r.p.box.owes(o.key)
}

// resolveDoubts settles what was put off: still without an address it is noted and over, and else it is owed.
func (r *reader) resolveDoubts(ctx context.Context) error {
	if len(r.doubted) == 0 {
		return nil
	}
	doubted := r.doubted
	r.doubted = nil
	reachable, now := r.reachable(ctx, doubted), r.p.clock.Now()
	silent := doubted[:0]
	for _, o := range doubted {
		if reachable[o.key.deviceKey] {
			r.due = append(r.due, o)
			continue
		}
		silent = append(silent, o)
	}
	r.handOver(now)
	return r.noteSilent(ctx, silent)
}

// reachable asks for the addresses of devices, in the memory or in the store. Where the store fails the answer is yes:
// a worker then tries until it knows.
func (r *reader) reachable(ctx context.Context, all []owed) map[deviceKey]bool {
	yes := map[deviceKey]bool{}
	var ask []deviceKey
	now := r.p.clock.Now()
	for _, o := range all {
		k := o.key.deviceKey
		if _, asked := yes[k]; asked {
			continue
		}
		absent, _ := r.p.addresses.absent.holds(k, now)
		if yes[k] = !absent; !absent {
			ask = append(ask, k)
		}
	}
	ask = r.p.addresses.sift(ctx, ask, yes)
	found := make([]bool, len(ask))
	var g errgroup.Group
	g.SetLimit(doubtReads)
	for i, k := range ask {
		g.Go(func() error {
			a, err := r.p.addresses.find(ctx, k)
			found[i] = err != nil || a.Token != ""
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	for i, k := range ask {
		yes[k] = found[i]
	}
	return yes
}

// Of sift: below siftFrom devices one read each is as cheap; siftMost is the longest list that a store gives.
const (
	siftFrom = 3
	siftMost = 1000
)

// sift notes in yes those of an agency's devices that have no address, as far as one list of the agency's addresses,
// no longer than twice their number, can tell; the rest is returned, to be asked for one by one. Where few devices of
// many have an address the one read tells of all.
func (s *addresses) sift(ctx context.Context, ask []deviceKey, yes map[deviceKey]bool) []deviceKey {
	if len(ask) < siftFrom {
		return ask
	}
	slices.SortFunc(ask, func(a, b deviceKey) int { return slices.Compare(a.device[:], b.device[:]) })
	now, limit, first := s.clock.Now(), min(2*len(ask), siftMost), ask[0].String()
	_, changes := s.absent.holds(ask[0], now)
	docs, err := s.docs.List(ctx, kindAddress, ask[0].agency.Hex()+"/", first[:len(first)-1], limit) // which is just before it
	if err != nil {
		return ask
	}
	have, through := make(map[string]bool, len(docs)), ""
	for _, d := range docs {
		have[d.ID], through = holdsAddress(d), d.ID
	}
	var rest []deviceKey
	for _, k := range ask {
		id := k.String()
		if have[id] || len(docs) == limit && id > through {
			rest = append(rest, k)
			continue
		}
		yes[k] = false
		s.absent.note(k, now, changes)
	}
	return rest
}

// noteSilent says why devices without an address do not ring, by the same late look at the state that a worker takes.
func (r *reader) noteSilent(ctx context.Context, all []owed) error {
	if len(all) == 0 {
		return nil
	}
	facts, now := make([]Facts, len(all)), r.p.clock.Now()
	err := r.p.sight.View(ctx, r.agency, func(s *models.State) {
		for i, o := range all {
			facts[i] = factsNow(s, o.key, o.user, o.n, now)
		}
	})
	if err != nil {
		return err
	}
	for i, o := range all {
		f := &facts[i]
		f.Seq, f.Expires, f.Presence = o.seq, o.expires, r.p.sight.Presence(r.agency, o.key.device)
		r.p.note(o.key, o.verdict(Decide(*f), now))
		r.front.close(o.seq)
	}
	return nil
}
