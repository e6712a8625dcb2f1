package sync_test

import (
	"maps"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type rowKey struct {
	scope models.Scope
	kind  models.RowKind
	id    string
}

type clientRow struct {
	rev  uint32
	data string
}

// clientRules are the rules of a client that a test can leave out.
type clientRules struct {
	noDrop, noReset, noBegin bool
}

// pocket is the phone in it: a faithful client: rows, tombstones, marks and sweeps as docs/PROTOCOL.md says, and one commit per page.
type pocket struct {
	rules    clientRules
	rows     map[rowKey]clientRow
	messages map[models.Scope]map[uint32]string
	fromN    map[models.Scope]uint32

	// State of the running pass; kept in memory only, so that a restart forgets it.
	full   bool
	resets map[models.Scope]bool
	seen   map[rowKey]bool
	seenN  map[models.Scope]map[uint32]bool
	tombs  map[rowKey]uint32
	from   map[models.Scope]uint32 // becomes fromN with the sweep
}

func newPocket() *pocket {
	p := &pocket{rows: map[rowKey]clientRow{}, messages: map[models.Scope]map[uint32]string{}, fromN: map[models.Scope]uint32{}}
	p.forget()
	return p
}

// forget drops the state of the running pass.
func (p *pocket) forget() {
	p.full, p.resets, p.seen = false, map[models.Scope]bool{}, map[rowKey]bool{}
	p.seenN, p.tombs = map[models.Scope]map[uint32]bool{}, map[rowKey]uint32{}
	p.from = map[models.Scope]uint32{}
}

// overTheWire is a page as a client reads it.
func overTheWire(page any) (wire.Page[jsontext.Value], int, error) {
	var read wire.Page[jsontext.Value]
	b, err := json.Marshal(page)
	if err != nil {
		return read, 0, err
	}
	return read, len(b), json.Unmarshal(b, &read)
}

func (p *pocket) apply(page wire.Page[jsontext.Value]) error {
	if page.Begin && (!p.rules.noBegin || !p.full) {
		p.forget()
	}
	p.full = p.full || page.Full
	for _, it := range page.Items {
		if err := p.item(it); err != nil {
			return err
		}
	}
	if !page.More {
		p.sweep()
		p.forget()
	}
	return nil
}

func (p *pocket) item(it wire.Item[jsontext.Value]) error {
	key := rowKey{it.Scope, it.Kind, it.ID}
	switch {
	case it.Op == wire.OpDrop:
		if !p.rules.noDrop {
			p.drop(it.Scope)
		}
	case it.Op == wire.OpReset:
		if !p.rules.noReset {
			p.reset(it)
		}
	case it.Gone:
		if old, ok := p.rows[key]; ok && old.rev <= it.Rev {
			delete(p.rows, key)
		}
		p.tombs[key] = max(p.tombs[key], it.Rev)
	case it.Kind == models.RowMessages:
		return p.run(it)
	default:
		p.row(key, it)
	}
	return nil
}

func (p *pocket) drop(sc models.Scope) {
	maps.DeleteFunc(p.rows, func(k rowKey, _ clientRow) bool { return k.scope == sc })
	delete(p.messages, sc)
	delete(p.fromN, sc)
	delete(p.from, sc)
	delete(p.resets, sc)
}

func (p *pocket) reset(it wire.Item[jsontext.Value]) {
	p.resets[it.Scope] = true
	maps.DeleteFunc(p.seen, func(k rowKey, _ bool) bool { return k.scope == it.Scope })
	delete(p.seenN, it.Scope)
	p.from[it.Scope] = it.FromN
}

func (p *pocket) row(key rowKey, it wire.Item[jsontext.Value]) {
	old, ok := p.rows[key]
	anew := (p.full || p.resets[key.scope]) && !p.seen[key] // what is left of before has no say
	if (!ok || anew || it.Rev >= old.rev) && it.Rev >= p.tombs[key] {
		p.rows[key] = clientRow{it.Rev, string(it.Data)}
	}
	p.seen[key] = true
	if p.full && it.Kind == models.RowConversation {
		p.from[it.Scope] = it.FromN
	}
}

func (p *pocket) run(it wire.Item[jsontext.Value]) error {
	var run wire.Messages
	if err := json.Unmarshal(it.Data, &run); err != nil {
		return err
	}
	if p.messages[it.Scope] == nil {
		p.messages[it.Scope] = map[uint32]string{}
	}
	if p.seenN[it.Scope] == nil {
		p.seenN[it.Scope] = map[uint32]bool{}
	}
	from, ok := p.from[it.Scope]
	if !ok {
		from = p.fromN[it.Scope]
	}
	for _, m := range run {
		if m.N < from {
			continue
		}
		p.messages[it.Scope][m.N] = text(m)
		p.seenN[it.Scope][m.N] = true
	}
	return nil
}

func text(m wire.Message) string {
	b, _ := json.Marshal(wire.Messages{m})
	return string(b)
}

// sweep ends a pass: what a reset or a full pass did not bring is gone.
func (p *pocket) sweep() {
	maps.Copy(p.fromN, p.from)
	maps.DeleteFunc(p.rows, func(k rowKey, _ clientRow) bool {
		return (p.full || p.resets[k.scope]) && !p.seen[k]
	})
	for sc, rows := range p.messages {
		if p.full || p.resets[sc] {
			maps.DeleteFunc(rows, func(n uint32, _ string) bool { return !p.seenN[sc][n] })
		}
		if len(rows) == 0 {
			delete(p.messages, sc)
		}
	}
}
