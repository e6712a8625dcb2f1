package sync_test

import (
	"errors"
	"fmt"
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// rules are those of PROTOCOL's table, each of which a run can leave out.
type rules struct {
	client                                              clientRules
	headAtEnd, noFloor, floorOnce, noNewest, lagAllowed bool
}

// session is one user's phone, with its token, against nodes that lag.
type session struct {
	town   *town
	rules  rules
	user   models.UserID
	phone  *pocket
	pos    sync.Position // the token as kept; within a pass, that of its page
	last   sync.Position // of the last completed pass
	within bool          // a pass is under way, as far as the client knows
	shown  record.Seq    // newest state that it was shown
	unsure bool          // it gave up a pass, and with its token what it was shown last
	window int
	bytes  int
	fault  sync.PassFault
}

var errBehind = errors.New("behind")

// pull asks a node for the next page, and takes it unless the answer is lost.
func (c *session) pull(n *replica, lost bool) error {
	need := c.pos.Need()
	if c.rules.lagAllowed {
		need = 0
	}
	if n.s.Seq < need {
		return errBehind
	}
	floor := n.s.Floor()
	if c.rules.noFloor || c.rules.floorOnce && c.pos.InPass() {
		floor = 0
	}
	page, next, err := sync.TakePage(n.s, floor, c.town.caller(c.user), c.window, c.bytes, c.pos, c.fault)
	if err != nil {
		return err
	}
	read, size, err := overTheWire(page)
	if err != nil {
		return err
	}
	if err := c.check(n, read, size); err != nil || lost {
		return err
	}
	return c.take(n, read, next)
}

func (c *session) take(n *replica, page wire.Page[jsontext.Value], next sync.Position) error {
	if !c.within {
		c.phone.forget()
	}
	c.within, c.shown = page.More, max(c.shown, n.s.Seq)
	if err := c.phone.apply(page); err != nil {
		return err
	}
	if c.rules.headAtEnd && !page.More {
		next = next.WithSeq(n.s.Seq)
	}
	if c.rules.noNewest {
		next = next.WithoutNewest()
	}
	if next.At() < c.last.At() {
		return fmt.Errorf("invariant 22: position fell from %d to %d", c.last.At(), next.At())
	}
	next, err := next.Reread()
	if err != nil {
		return err
	}
	c.pos = next
	if page.More {
		return nil
	}
	c.last, c.unsure = next, c.unsure && n.s.Seq < c.shown
	if next.At() == n.s.Seq && !c.unsure { // the node stands where the pass ends: all is the same, not only in the end
		return c.compare(n)
	}
	return nil
}

// check looks at a page for leaks and size, by the oracle of the node that served it.
func (c *session) check(n *replica, page wire.Page[jsontext.Value], size int) error {
	if len(page.Items) > 1 && size > max(c.bytes, 600) {
		return fmt.Errorf("invariant 30: page of %d bytes, asked for %d", size, c.bytes)
	}
	for _, it := range page.Items {
		granted := n.sight.granted(n.s, c.user, it.Scope)
		if it.Op == wire.OpDrop && granted {
			return fmt.Errorf("drop of %s, which is granted", it.Scope)
		}
		if it.Op != wire.OpDrop && !granted {
			return fmt.Errorf("invariant 20: %s %s%s of %s leaks", c.user, it.Op, it.Kind, it.Scope)
		}
	}
	return nil
}

// restart is that of the app: the state of the running pass is gone.
func (c *session) restart() {
	c.phone.forget()
	c.pos, c.unsure, c.within = c.last, c.unsure || c.within, false
}

// finish completes a pass that starts now; an error if that takes longer than it can.
func (c *session) finish(n *replica) error {
	for range 2 { // the first completes the one under way
		for pages := 0; ; pages++ {
			if pages > 5000 {
				return errors.New("invariant 34: the pass does not end")
			}
			if err := c.pull(n, false); err != nil {
				return err
			}
			if !c.pos.InPass() {
				break
			}
		}
	}
	return nil
}

// compare holds the phone against the oracle's visible set.
func (c *session) compare(n *replica) error {
	if err := n.sight.forgotten(n.s); err != nil {
		return err
	}
	want, from := n.sight.visible(n.s, c.user)
	shown := map[models.Scope]map[rowKey]uint32{}
	for k := range want {
		if shown[k.scope] == nil {
			shown[k.scope] = revs(n.s, k.scope)
		}
		row, ok := c.phone.rows[k]
		if !ok {
			return fmt.Errorf("invariant 21: %v is missing", k)
		}
		if rev := shown[k.scope][k]; row.rev != rev {
			return fmt.Errorf("%v has rev %d, want %d", k, row.rev, rev)
		}
		id, _ := record.ParseUUID(k.id)
		data, err := json.Marshal(wire.RowData(n.s, k.scope, models.Row{Kind: k.kind, ID: id}))
		if err != nil || row.data != string(data) {
			return fmt.Errorf("%v is stale: %s, want %s (%v)", k, row.data, data, err)
		}
	}
	for k := range c.phone.rows {
		if !want[k] {
			return fmt.Errorf("invariant 20: %v is extra", k)
		}
	}
	return c.compareMessages(n, from)
}

func (c *session) compareMessages(n *replica, from map[models.Scope]uint32) error {
	for sc := range c.phone.messages {
		if _, ok := from[sc]; !ok {
			return fmt.Errorf("invariant 20: messages of %s are extra", sc)
		}
	}
	for sc, first := range from {
		first = max(first, c.phone.fromN[sc])
		rows := 0
		for _, e := range n.s.Timeline(models.ConversationID(sc.ID)) {
			if e.N < first {
				continue
			}
			rows++
			if got, want := c.phone.messages[sc][e.N], text(wire.MessageOf(e)); got != want {
				return fmt.Errorf("invariant 28: row %d of %s is %q, want %q", e.N, sc, got, want)
			}
		}
		if got := len(c.phone.messages[sc]); got != rows {
			return fmt.Errorf("%s has %d rows from %d, want %d", sc, got, first, rows)
		}
	}
	return nil
}

// run is one random history; an error says what ended wrong.
func run(t testing.TB, seed uint64, broken rules) error {
	return play(newTown(t, seed), seed, broken)
}

func play(w *town, seed uint64, broken rules) error {
	var phones []*session
	for _, u := range w.people {
		c := &session{town: w, rules: broken, user: u, phone: newPocket(), window: 2 + w.r.IntN(12), bytes: 500 + w.r.IntN(3000)}
		c.phone.rules = broken.client
		phones = append(phones, c)
	}
	for range 260 {
		switch k := w.r.IntN(100); {
		case k < 42:
			w.happen()
		case k < 60:
			w.follow(w.nodes[w.r.IntN(2)], w.r.IntN(8))
		default:
			if err := chaos(w, phones[w.r.IntN(len(phones))]); err != nil {
				return err
			}
		}
	}
	for _, n := range w.nodes {
		w.follow(n, len(w.log))
	}
	for _, c := range phones {
		n := w.nodes[w.r.IntN(2)]
		if err := c.finish(n); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		if err := c.compare(n); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return nil
}

// chaos is one request in the field: answers get lost, apps restart, tokens get damaged, the next node is another.
func chaos(w *town, c *session) error {
	if w.r.IntN(20) == 0 {
		c.restart()
	}
	if w.r.IntN(15) == 0 {
		c.pos = c.pos.Anew() // the app has another schema
	}
	err := c.pull(w.nodes[w.r.IntN(2)], w.r.IntN(10) == 0)
	if errors.Is(err, errBehind) {
		return nil
	}
	return err
}

func TestInvariants19To24_28_ConvergeWithoutLeaks(t *testing.T) {
	t.Parallel()
	var all tally
	for seed := range seeds(100, 4000) { // the same ones every time
		w := newTown(t, seed)
		if err := play(w, seed, rules{}); err != nil {
			t.Fatal(err)
		}
		all.add(w.head.sight.gone)
	}
	if rare := min(all.retired, all.returned, all.deserted, all.expired, all.notes, all.duresses, all.rules, all.zones); rare < 5 || all.broadcasts == 0 {
		t.Errorf("got %+v, want each to have come to pass five times, and a broadcast to have left", all)
	}
}

// Each rule is seen to matter: without it some history ends wrong.
func TestInvariant19_EveryRuleMatters(t *testing.T) {
	t.Parallel()
	late := map[string]uint64{"floor on each page": 130} // what takes many histories to show begins near one that does
	for name, broken := range map[string]rules{
		"drop":                   {client: clientRules{noDrop: true}},
		"reset on grant":         {client: clientRules{noReset: true}},
		"begin":                  {client: clientRules{noBegin: true}},
		"head at the start":      {headAtEnd: true},
		"floor":                  {noFloor: true},
		"floor on each page":     {floorOnce: true},
		"newest is monotonic":    {noNewest: true},
		"a lagging node refuses": {lagAllowed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := late[name]; seed < 4000; seed++ {
				if err := run(t, seed, broken); err != nil {
					t.Logf("seed %d: %v", seed, err)
					return
				}
			}
			t.Error("got only right ends without this rule, want a wrong one")
		})
	}
}

// An error or a panic at any row leaves no page and no position.
func TestInvariant25_ErrorsNeverAdvanceAPosition(t *testing.T) {
	t.Parallel()
	w := newTown(t, 3)
	for range 120 {
		w.happen()
	}
	who := w.caller(w.admin)
	rows := 0
	if _, _, err := sync.TakePage(w.head.s, 0, who, 50, 1<<20, sync.Position{}, func() { rows++ }); err != nil {
		t.Fatal(err)
	}
	for at := range rows {
		left := at
		page, next, err := sync.TakePage(w.head.s, 0, who, 50, 1<<20, sync.Position{}, func() {
			if left--; left < 0 {
				panic("disk on fire")
			}
		})
		if err == nil || len(page.Items) > 0 || next != (sync.Position{}) {
			t.Fatalf("fault at row %d of %d: got %d items, position %+v and %v, want an error alone", at, rows, len(page.Items), next, err)
		}
	}
}
