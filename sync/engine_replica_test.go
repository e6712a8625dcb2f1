package sync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
	"officermobile/store/storetest"
	"officermobile/sync"
)

// seeds is how many a test tries: more where time is no matter.
func seeds(usual, slow uint64) uint64 {
	if os.Getenv("OFFICERMOBILE_SLOW") == "1" {
		return slow
	}
	return usual
}

// mistake is how a careless node takes the store's word. The zero one makes none.
type mistake struct {
	weak    bool          // reads what may be rolled back
	unknown store.Outcome // what it takes an unknown outcome for; zero stands for Unknown itself
	failed  bool          // it takes an unknown outcome for a failure
}

// TestInvariants1To7_OnAReplicaSet lets phones send through nodes on a replica set that elects new primaries, rolls
// back what was not durable and holds writes back, over a network that loses answers; nodes die now and then. See
// storetest.ReplicaSet.
func TestInvariants1To7_OnAReplicaSet(t *testing.T) {
	t.Parallel()
	for seed := range seeds(3, 100) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newTheatre(t, seed, mistake{}).play() })
		})
	}
}

// Each of the store's rules is needed: the same piece with a node that breaks one finds a fault within a few seeds.
func TestTheReplicaSetFindsMistakes(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]mistake{
		"unknown is taken for failed":  {failed: true},
		"unknown is taken for durable": {unknown: store.Committed},
		"weak reads":                   {weak: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				var found *judge
				synctest.Test(t, func(t *testing.T) {
					found = &judge{TB: t}
					found.hear(func() { newTheatre(found, seed, m).play() })
				})
				if len(found.faults) > 0 {
					return
				}
			}
			t.Error("got no fault in 20 seeds, want one")
		})
	}
}

// judge collects faults instead of failing.
type judge struct {
	testing.TB
	mu     stdsync.Mutex
	faults []string
}

type verdict struct{}

func (j *judge) Errorf(format string, args ...any) { j.Error(fmt.Sprintf(format, args...)) }

func (j *judge) Error(args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.faults = append(j.faults, fmt.Sprint(args...))
}

func (j *judge) Fatalf(format string, args ...any) { j.Fatal(fmt.Sprintf(format, args...)) }

func (j *judge) Fatal(args ...any) {
	j.Error(args...)
	panic(verdict{})
}

// hear runs fn up to its first fatal fault.
func (j *judge) hear(fn func()) {
	defer func() {
		if p := recover(); p != nil && p != (verdict{}) {
			panic(p)
		}
	}()
	fn()
}

// theatre is a replica set, nodes and phones.
type theatre struct {
	t       testing.TB
	seed    uint64
	mistake mistake
	set     *storetest.ReplicaSet
	fleet   *fleet
	conns   []*conn
	once    []*onceOnly
}

// conn is a node's way to the set.
type conn struct {
	sworn
	line *storetest.Connection
	net  *storetest.FaultyStore
}

const replicaNodes = 3

func newTheatre(t testing.TB, seed uint64, m mistake) *theatre {
	return &theatre{t: t, seed: seed, mistake: m, set: storetest.NewReplicaSet(seed, false), conns: make([]*conn, replicaNodes)}
}

// connect is a node's start.
func (p *theatre) connect(i int) store.Store {
	c := &conn{line: p.set.Connect()}
	c.line.WeakReads = p.mistake.weak
	c.net = storetest.Faulty(backend{Log: c.line}, storetest.Plan{
		Seed: p.seed*10 + uint64(i), Conflict: 0.02, LostAck: 0.05, LostWrite: 0.05, ReadError: 0.05, Crash: 0.002,
		Delay: 0.1, MaxDelay: 30 * time.Millisecond,
	})
	c.Store = c.net
	p.conns[i] = c
	return careless{c, p.mistake}
}

// play is the whole piece.
func (p *theatre) play() {
	founders := p.set.Connect()
	end := p.drive(func(*rand.Rand) { founders.Notice() })
	a := openNode(p.t, backend{Log: founders}, sync.Options{SnapshotEvery: -1})
	foundAgency(p.t, a, 1)
	if err := a.Close(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	end()
	p.fleet = newFleet(p.t, replicaNodes, p.connect)
	end = p.drive(p.disturb)
	clients := p.send()
	end()
	p.heal()
	calm := backend{Log: p.set.Connect()}
	for _, c := range p.conns {
		c.check(p.t)
	}
	checkLog(p.t, calm, clients)
	p.checkOnce(calm)
	checkDigests(p.t, calm, p.fleet)
}

// drive has the set, and then us, do something each millisecond, until end.
func (p *theatre) drive(then func(*rand.Rand)) (end func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	random := rand.New(rand.NewPCG(p.seed, 3))
	go func() {
		defer close(ended)
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
			}
			p.set.Step()
			then(random)
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}

// disturb is what happens to a node.
func (p *theatre) disturb(random *rand.Rand) {
	i := random.IntN(replicaNodes)
	if random.IntN(3) == 0 {
		p.conns[i].line.Notice()
	}
	if p.conns[i].net.Crashes() > 0 || random.IntN(1000) == 0 {
		p.fleet.kill(i)
	}
}

// send has phones send what they have, and somebody without a phone.
func (p *theatre) send() []*phoneClient {
	clients := make([]*phoneClient, people-1)
	var all stdsync.WaitGroup
	for i := range clients {
		clients[i] = &phoneClient{i: i + 1, random: rand.New(rand.NewPCG(p.seed, uint64(i)))}
		all.Go(func() { clients[i].run(p.t, p.fleet) })
	}
	for i := range replicaNodes {
		o := &onceOnly{first: 90_000 + 1000*i}
		p.once = append(p.once, o)
		all.Go(func() { o.run(p.t, p.fleet, i) })
	}
	all.Wait()
	return clients
}

// heal ends all trouble and lets everybody come to the end of the log.
func (p *theatre) heal() {
	p.set.Heal()
	for i, c := range p.conns {
		if c.net.Crashes() > 0 {
			p.fleet.kill(i)
		}
	}
	for _, c := range p.conns {
		c.net.SetPlan(storetest.Plan{})
		c.net.Restart()
		c.line.Notice()
	}
	elapse(10 * time.Second) // longer than a pause between two attempts at a slot
}

// onceOnly posts messages without a number and never repeats one, so that each answer is a claim about the log.
type onceOnly struct {
	first   int
	answers []sync.Answer
}

const onceEach = 40

func keyOf(n int) record.Hash {
	return record.Hash{0: 1, 1: byte(n >> 16), 2: byte(n >> 8), 3: byte(n)}
}

func (o *onceOnly) run(t testing.TB, f *fleet, node int) {
	for n := range onceEach {
		c := message(1+n%(people-1), 0, o.first+n)
		c.Request = record.Request{Key: keyOf(o.first + n), Body: keyOf(1)}
		g := f.agency(node)
		if g == nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		o.answers = append(o.answers, g.Submit(ctx, []models.Command{c})[0])
		cancel()
		elapse(5 * time.Millisecond)
	}
}

// checkOnce holds the answers against the log: what is done is there once, what is said not to be done is not.
func (p *theatre) checkOnce(st store.Log) {
	p.t.Helper()
	times := map[record.Hash]int{}
	for _, h := range readLog(p.t, st, mainLog(1)) {
		for _, e := range h.Events {
			times[e.Request.Key]++
		}
	}
	for _, o := range p.once {
		for n, a := range o.answers {
			got, low, high := times[keyOf(o.first+n)], 0, 0
			if a.Err == nil {
				low, high = 1, 1
			}
			if codeOf(a.Err) == sync.CodeUnknown {
				high = 1
			}
			if got < low || got > high {
				p.t.Errorf("message %d was answered %v and is in the log %d times", o.first+n, a.Err, got)
			}
		}
	}
}

// careless is a store as a node with a mistake takes it.
type careless struct {
	store.Store
	mistake
}

func (c careless) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	outcome, err := c.Store.Append(ctx, log, after, b)
	if outcome != store.Unknown {
		return outcome, err
	}
	if c.failed {
		return store.Refused, err
	}
	if c.unknown != 0 {
		return c.unknown, nil
	}
	return outcome, err
}

// backend is a log as a store that keeps no documents.
type backend struct{ store.Log }

func (backend) Get(context.Context, store.Kind, string) (store.Document, error) {
	return store.Document{}, store.ErrNotFound
}
func (backend) PutIf(context.Context, store.Document) (uint64, error)    { return 1, nil }
func (backend) PutAll(context.Context, []store.Document) error           { return nil }
func (backend) Delete(context.Context, store.Kind, string, uint64) error { return nil }
func (backend) List(context.Context, store.Kind, string, string, int) ([]store.Document, error) {
	return nil, nil
}
func (backend) Due(context.Context, store.Kind, time.Time, int) ([]store.Document, error) {
	return nil, nil
}
func (backend) Close() error { return nil }
