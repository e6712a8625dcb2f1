package storetest_test

import (
	"math/rand/v2"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
	"officermobile/store/storetest"
)

const replicaLog store.Name = "agency/1/main"

// client appends commands to a log that others append to as well. Each command is the one event of a batch.
type client struct {
	c       *storetest.Connection
	chain   record.Chain
	applied []string      // commands, in the order of the log
	queue   []string      // commands not decided yet
	frozen  *record.Batch // append of unknown outcome
	acked   []string
	// careless treats an unknown outcome as a failure.
	careless bool
	broken   bool // it saw a log that does not verify
}

// tail applies what is visible.
func (c *client) tail(t *testing.T) {
	batches, err := c.c.Read(t.Context(), replicaLog, c.chain.Seq, store.MaxLimit)
	if err != nil {
		return // this primary lags; a later one will not
	}
	for _, b := range batches {
		if _, err := c.chain.Next(b); err != nil {
			c.broken = true
			return
		}
		c.applied = append(c.applied, string(b.Payloads[0].Bytes))
	}
}

// act follows the rule of store.Unknown: nothing but the same bytes at the same slot until that is resolved.
func (c *client) act(t *testing.T) {
	if c.frozen != nil {
		c.try(t, *c.frozen)
		return
	}
	if len(c.queue) == 0 {
		return
	}
	b, err := record.Seal(record.Header{
		Log: string(replicaLog), Epoch: 1, First: c.chain.Seq + 1, Prev: c.chain.Hash, ID: storetest.NewUUID(),
		Events: []record.Event{{Type: "command", At: int64(c.chain.Seq) + 1}},
	}, []record.Payload{{Salt: record.UUID{1}, Bytes: []byte(c.queue[0])}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.queue = c.queue[1:]
	c.try(t, b)
}

func (c *client) try(t *testing.T, b record.Batch) {
	h, err := record.Decode(b.Header)
	if err != nil {
		t.Fatal(err)
	}
	command := string(b.Payloads[0].Bytes)
	c.frozen = nil
	switch outcome, _ := c.c.Append(t.Context(), replicaLog, h.First-1, b); {
	case outcome == store.Committed:
		c.acked = append(c.acked, command)
		c.tail(t)
	case outcome == store.Unknown && !c.careless:
		c.frozen = &b
	default:
		c.queue = append(c.queue, command)
		c.tail(t)
	}
}

// simulate runs three clients over a hostile set and reports what went wrong, "" for nothing.
func simulate(t *testing.T, seed uint64, careless, weak bool) string {
	random := rand.New(rand.NewPCG(seed, 3))
	set := storetest.NewReplicaSet(seed, false)
	clients := make([]*client, 3)
	for i := range clients {
		clients[i] = &client{c: set.Connect(), careless: careless}
		clients[i].c.WeakReads = weak
	}
	commands := 0
	for range 200 {
		c := clients[random.IntN(len(clients))]
		switch random.IntN(6) {
		case 0:
			commands++
			c.queue = append(c.queue, string(rune('a'+commands%26))+string(rune('0'+commands/26)))
		case 1, 2:
			c.act(t)
		case 3:
			c.tail(t)
		case 4:
			set.Step()
		default:
			c.c.Notice()
		}
	}
	set.Heal()
	for range 3 * (commands + 3) {
		busy := false
		for _, c := range clients {
			c.c.Notice()
			c.tail(t)
			c.act(t)
			busy = busy || c.frozen != nil || len(c.queue) > 0
		}
		if !busy {
			break
		}
	}
	return violation(t, set, clients, commands)
}

func violation(t *testing.T, set *storetest.ReplicaSet, clients []*client, commands int) string {
	reader := &client{c: set.Connect()}
	reader.tail(t)
	if reader.broken {
		return "the chain is broken"
	}
	times := map[string]int{}
	for _, command := range reader.applied {
		times[command]++
		if times[command] > 1 {
			return "a command took effect twice"
		}
	}
	if len(times) != commands {
		return "a command is missing"
	}
	for _, c := range clients {
		c.tail(t)
		if c.broken || c.chain != reader.chain {
			return "a client differs"
		}
		for _, command := range c.acked {
			if times[command] != 1 {
				return "an acknowledged command is lost"
			}
		}
	}
	return ""
}

func TestCalmReplicaSetConforms(t *testing.T) {
	t.Parallel()
	storetest.RunLog(t, func(*testing.T) store.Log { return storetest.NewReplicaSet(1, true).Connect() })
}

func TestRuleOfUnknownHolds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		if v := simulate(t, seed, false, false); v != "" {
			t.Fatalf("seed %d: %s", seed, v)
		}
	}
}

// The model must be able to catch those who break the rule.
func TestModelCatches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ careless, weak bool }{
		"unknown taken for failed":   {careless: true},
		"reads that are not durable": {weak: true},
	} {
		caught := 0
		for seed := range uint64(200) {
			if simulate(t, seed, c.careless, c.weak) != "" {
				caught++
			}
		}
		if caught < 20 {
			t.Errorf("%s: caught with %d of 200 seeds", name, caught)
		}
	}
}
