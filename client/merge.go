package client

import (
	"maps"
	"slices"

	"officermobile/models"
	"officermobile/models/wire"
)

// held answers a row of the last completed pass; false if there is none.
type held func(Key) (Row, bool, error)

// merge answers what a finished pass, given as its pages in order, does to the rows. It is pure but for held.
//
// Of two rows of one key the one with the greater rev stays, and a tombstone counts as a row until the pass ends. What
// a full pass or a reset brings replaces what was held: nothing is erased until here, so that a screen is never blank
// while a pass is under way, and what the pass did not bring goes in the same commit.
func merge(pages []Page, held held) (Change, error) {
	m := merger{
		held: held, erased: map[models.Scope]bool{}, from: map[models.Scope]uint32{},
		rows: map[Key]Item{}, runs: map[models.Scope]map[uint32]wire.Message{},
	}
	for _, p := range pages {
		m.full = m.full || p.Full
	}
	for _, p := range pages {
		for _, it := range p.Items {
			if err := m.item(it); err != nil {
				return Change{}, err
			}
		}
	}
	return m.change()
}

// Item is an item of a Page.
type Item = wire.Item[rawData]

type merger struct {
	held   held
	full   bool
	erased map[models.Scope]bool   // dropped or reset: what is held there no longer counts
	from   map[models.Scope]uint32 // first row of a timeline, where this pass says so
	rows   map[Key]Item            // rows and tombstones of this pass
	runs   map[models.Scope]map[uint32]wire.Message
}

func (m *merger) item(it Item) error {
	switch it.Op {
	case wire.OpDrop:
		m.erase(it.Scope)
		return nil
	case wire.OpReset:
		m.erase(it.Scope)
		m.from[it.Scope] = it.FromN
		return nil
	case "":
		if it.Kind == models.RowMessages {
			return m.messages(it)
		}
		return m.row(it)
	}
	return nil // an op of a later version
}

func (m *merger) erase(sc models.Scope) {
	m.erased[sc] = true
	delete(m.from, sc)
	delete(m.runs, sc)
	maps.DeleteFunc(m.rows, func(k Key, _ Item) bool { return k.Scope == sc })
}

func (m *merger) row(it Item) error {
	key := Key{it.Scope, it.Kind, it.ID}
	newest, known, err := m.newest(key)
	if err != nil || known && newest > it.Rev {
		return err
	}
	m.rows[key] = it
	if it.Kind == models.RowConversation && it.FromN > 0 {
		m.from[it.Scope] = it.FromN
	}
	return nil
}

// newest is the greatest rev known of a key: that of this pass, a tombstone's too, else that of the held row.
func (m *merger) newest(key Key) (rev uint32, known bool, err error) {
	if it, ok := m.rows[key]; ok {
		return it.Rev, true, nil
	}
	if m.full || m.erased[key.Scope] {
		return 0, false, nil
	}
	r, ok, err := m.held(key)
	return r.Rev, ok, err
}

func (m *merger) messages(it Item) error {
	var run wire.Messages
	if err := run.UnmarshalJSON(it.Data); err != nil {
		return err
	}
	rows := m.runs[it.Scope]
	if rows == nil {
		rows = map[uint32]wire.Message{}
		m.runs[it.Scope] = rows
	}
	for _, x := range run {
		rows[x.N] = x
	}
	return nil
}

func (m *merger) change() (Change, error) {
	c := Change{EraseRows: m.full, Messages: map[models.Scope][]wire.Message{}}
	if !m.full {
		c.EraseScope = slices.SortedFunc(maps.Keys(m.erased), models.Scope.Compare)
	}
	for _, key := range slices.SortedFunc(maps.Keys(m.rows), Key.compare) {
		it := m.rows[key]
		if it.Gone {
			c.DeleteRows = append(c.DeleteRows, key)
			continue
		}
		row := Row{Key: key, Rev: it.Rev, Data: it.Data}
		if key.Kind == models.RowConversation {
			from, err := m.fromOf(key.Scope)
			if err != nil {
				return c, err
			}
			row.FromN = from
		}
		c.PutRows = append(c.PutRows, row)
	}
	for sc, rows := range m.runs {
		from, err := m.fromOf(sc)
		if err != nil {
			return c, err
		}
		run := slices.SortedFunc(maps.Values(rows), func(a, b wire.Message) int { return int(int64(a.N) - int64(b.N)) })
		c.Messages[sc] = slices.DeleteFunc(run, func(x wire.Message) bool { return x.N < from })
	}
	return c, nil
}

// fromOf is the first row that is held of a scope's timeline; 0 for all.
func (m *merger) fromOf(sc models.Scope) (uint32, error) {
	if from, ok := m.from[sc]; ok || m.full || m.erased[sc] {
		return from, nil
	}
	r, _, err := m.held(conversationKey(sc))
	return r.FromN, err
}

// conversationKey is the key of the row that a conversation's scope is about.
func conversationKey(sc models.Scope) Key {
	return Key{sc, models.RowConversation, sc.ID.String()}
}
