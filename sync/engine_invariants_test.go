package sync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	stdsync "sync"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
	"officermobile/sync"
)

// mainLog is the test agency's.
func mainLog(n int) store.Name { return store.Name("agency/" + agencyID(n).Hex() + "/main") }

// fleet is nodes over one log, of which each may be killed and started anew.
type fleet struct {
	t       testing.TB
	connect func(i int) store.Store // a node's connection, at each start
	mu      stdsync.Mutex
	nodes   []*sync.Agencies
}

func newFleet(t testing.TB, n int, connect func(i int) store.Store) *fleet {
	f := &fleet{t: t, connect: connect, nodes: make([]*sync.Agencies, n)}
	for i := range n {
		f.start(i)
	}
	t.Cleanup(func() {
		for i := range n {
			_ = f.nodes[i].Close(canceled())
		}
	})
	return f
}

func (f *fleet) start(i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	opts := sync.Options{PollEvery: 20 * time.Millisecond, SnapshotEvery: 100}
	a, err := sync.Open(context.Background(), f.connect(i), opts)
	if err != nil {
		f.t.Error(err)
	}
	f.nodes[i] = a
}

// kill ends a node at once and starts another in its place, which has forgotten what was under way.
func (f *fleet) kill(i int) {
	f.mu.Lock()
	a := f.nodes[i]
	f.mu.Unlock()
	_ = a.Close(canceled())
	f.start(i)
}

// agency loads the agency on a node, however often its connection fails meanwhile.
func (f *fleet) agency(i int) *sync.Agency {
	for range 1000 {
		f.mu.Lock()
		a := f.nodes[i]
		f.mu.Unlock()
		if g, err := a.Agency(f.t.Context(), agencyID(1)); err == nil {
			return g
		}
		elapse(time.Millisecond)
	}
	f.t.Error("the agency does not load")
	return nil
}

// phoneClient sends a lane of numbered commands, to any node, again until each has an outcome.
type phoneClient struct {
	i      int
	random *rand.Rand
	acked  []models.Result // by num-1
}

const perPhone = 40

func (p *phoneClient) command(num uint64) models.Command {
	c := message(p.i, num, p.i*1000+int(num))
	if num%7 == 0 { // a refusal must not stop what follows
		c.Body = &models.MessagePost{ConversationID: roomID(99), ID: messageID(p.i*1000 + int(num)), Text: "to nowhere"}
	}
	return c
}

func (p *phoneClient) run(t testing.TB, f *fleet) {
	for tries := 0; len(p.acked) < perPhone; tries++ {
		if tries > 5000 {
			t.Errorf("phone %d: stuck at %d", p.i, len(p.acked))
			return
		}
		last := uint64(len(p.acked))
		first := max(1, last-min(last, uint64(p.random.IntN(3)))) // some that are answered already go again
		var cmds []models.Command
		for num := first; num <= min(last+uint64(1+p.random.IntN(3)), perPhone); num++ {
			cmds = append(cmds, p.command(num))
		}
		g := f.agency(p.random.IntN(len(f.nodes)))
		if g == nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+p.random.IntN(200))*time.Millisecond)
		answers := g.Submit(ctx, cmds)
		cancel()
		p.take(t, first, answers)
	}
}

// take checks that an outcome never changes, and keeps the new ones.
func (p *phoneClient) take(t testing.TB, first uint64, answers []sync.Answer) {
	for k, a := range answers {
		num := first + uint64(k)
		if a.Err != nil {
			continue
		}
		if a.Result.Num != num {
			t.Errorf("phone %d: got %+v, want number %d", p.i, a.Result, num)
		}
		if n := uint64(len(p.acked)); num <= n {
			if p.acked[num-1] != a.Result {
				t.Errorf("phone %d: outcome changed from %+v to %+v", p.i, p.acked[num-1], a.Result)
			}
		} else if num == n+1 {
			p.acked = append(p.acked, a.Result)
		}
	}
}

// TestInvariants1To9And14To16 lets phones send through two nodes whose connections break and which are killed, and
// then reads the log: it verifies, and each acknowledged command is in it once, in the order of its lane, at the
// position that the answer gave. All nodes, and a replay, come to the same state.
func TestInvariants1To9And14To16(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			st := openStore(t)
			calm := openNode(t, st, sync.Options{SnapshotEvery: -1})
			foundAgency(t, calm, 1)
			lines := []*wild{newWild(st, seed*10), newWild(st, seed*10+1)}
			conns := []*sworn{{Store: lines[0]}, {Store: lines[1]}}
			f := newFleet(t, len(conns), func(i int) store.Store {
				conns[i].forget()
				return conns[i]
			})
			clients := make([]*phoneClient, people-1)
			var all stdsync.WaitGroup
			for i := range clients {
				clients[i] = &phoneClient{i: i + 1, random: rand.New(rand.NewPCG(seed, uint64(i)))}
				all.Go(func() { clients[i].run(t, f) })
			}
			for n := range 4 {
				_ = waitFor(f.agency(n%2), func(s *models.State) bool { return s.LastNum(phoneID(1), models.LaneRoutine) > uint64(perPhone*n/5) })
				f.kill(n % 2)
			}
			all.Wait()
			for i, w := range lines {
				w.late.Wait()
				conns[i].check(t)
			}
			checkLog(t, st, clients)
			checkDigests(t, st, f)
		})
	}
}

// waitFor waits until a state fits.
func waitFor(g *sync.Agency, fits func(*models.State) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for {
		changed, ok := g.Changed(), false
		g.View(func(s *models.State) { ok = fits(s) })
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// checkLog finds every acknowledged command once, and in order.
func checkLog(t testing.TB, st store.Log, clients []*phoneClient) {
	t.Helper()
	times := map[record.UUID]int{}
	at := map[record.UUID]record.Seq{}
	last := map[record.UUID]uint64{}
	for _, h := range readLog(t, st, mainLog(1)) {
		for i, e := range h.Events {
			if e.Num == 0 {
				continue
			}
			times[e.Command]++
			at[e.Command] = h.First + record.Seq(i)
			if e.Num != last[e.Device]+1 {
				t.Errorf("number %d follows %d", e.Num, last[e.Device])
			}
			last[e.Device] = e.Num
		}
	}
	for _, p := range clients {
		for num, r := range p.acked {
			id := p.command(uint64(num + 1)).ID.UUID()
			if times[id] != 1 || at[id] != r.Seq {
				t.Errorf("phone %d, number %d: %d times in the log, at %d; answered %+v", p.i, num+1, times[id], at[id], r)
			}
			if want := models.Applied; (num+1)%7 != 0 && r.Outcome != want {
				t.Errorf("phone %d, number %d: got %s", p.i, num+1, r.Outcome)
			}
		}
	}
}

// checkDigests compares the nodes that took part, one that starts from a snapshot, and one that replays everything.
func checkDigests(t testing.TB, st store.Store, f *fleet) {
	t.Helper()
	tip, err := st.Tip(t.Context(), mainLog(1))
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := openNode(t, unsnapped{st}, sync.Options{SnapshotEvery: -1}).Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	want, seq := stateDigest(t, replayed)
	if seq != tip.Seq {
		t.Fatalf("a replay ends at %d, the log at %d", seq, tip.Seq)
	}
	snapped, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*sync.Agency{"from a snapshot": snapped}
	for i := range f.nodes {
		all[fmt.Sprint("node ", i)] = f.agency(i)
	}
	for name, g := range all {
		if g == nil {
			continue // reported
		}
		if err := waitFor(g, func(s *models.State) bool { return s.Seq >= tip.Seq }); err != nil {
			t.Errorf("%s: does not reach the end of the log", name)
		}
		if got, _ := stateDigest(t, g); got != want {
			t.Errorf("%s: another digest than a replay's", name)
		}
	}
}

// unsnapped is a store that has lost its snapshots.
type unsnapped struct{ store.Store }

func (unsnapped) List(context.Context, store.Kind, string, string, int) ([]store.Document, error) {
	return nil, nil
}
