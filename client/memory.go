package client

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"officermobile/models"
	"officermobile/models/wire"
)

// Memory is a Store that lasts as long as the process: for rehearsals, benchmarks and tests. The zero value is not
// ready; use NewMemory.
type Memory struct {
	mu       sync.Mutex
	meta     Meta
	rows     map[models.RowKind]map[Key]Row
	messages map[models.Scope][]wire.Message // in order of n
	outbox   map[EntryKey]Entry
	refused  []Entry
	pages    []Page
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	m := &Memory{outbox: map[EntryKey]Entry{}}
	m.eraseRows()
	return m
}

// Meta implements Store.
func (m *Memory) Meta(context.Context) (Meta, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.meta.clone(), nil
}

// Rows implements Store.
func (m *Memory) Rows(_ context.Context, kind models.RowKind) ([]Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.rows[kind]), func(a, b Row) int { return a.compare(b.Key) }), nil
}

// Row implements Store.
func (m *Memory) Row(_ context.Context, key Key) (Row, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rows[key.Kind][key]
	return r, ok, nil
}

// Messages implements Store.
func (m *Memory) Messages(_ context.Context, sc models.Scope, from, before uint32, limit int) ([]wire.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.messages[sc]
	lo, _ := slices.BinarySearchFunc(all, from, byN)
	hi, _ := slices.BinarySearchFunc(all, before, byN)
	if hi <= lo {
		return nil, nil
	}
	return slices.Clone(all[max(lo, hi-limit):hi]), nil
}

// Outbox implements Store.
func (m *Memory) Outbox(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.outbox), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Num, b.Num))
	}), nil
}

// Refused implements Store.
func (m *Memory) Refused(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.refused), nil
}

// Pages implements Store.
func (m *Memory) Pages(context.Context) ([]Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.pages), nil
}

// Commit implements Store.
func (m *Memory) Commit(_ context.Context, c Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Meta != nil {
		m.meta = c.Meta.clone()
	}
	m.commitRows(c)
	for _, key := range c.DeleteEntries {
		delete(m.outbox, key)
	}
	for _, e := range c.PutEntries {
		m.outbox[e.EntryKey] = e
	}
	m.refused = append(m.refused, c.AddRefused...)
	m.refused = slices.DeleteFunc(m.refused, func(e Entry) bool { return slices.Contains(c.ForgetRefused, e.ID) })
	return nil
}

func (m *Memory) commitRows(c Change) {
	if c.EraseRows || c.EraseAll {
		m.eraseRows()
	}
	if c.EraseAll {
		m.outbox, m.refused = map[EntryKey]Entry{}, nil
	}
	if c.DropPages {
		m.pages = nil
	}
	if c.AddPage != nil {
		m.pages = append(m.pages, *c.AddPage)
	}
	for _, sc := range c.EraseScope {
		delete(m.messages, sc)
		for _, rows := range m.rows {
			maps.DeleteFunc(rows, func(k Key, _ Row) bool { return k.Scope == sc })
		}
	}
	for _, k := range c.DeleteRows {
		delete(m.rows[k.Kind], k)
	}
	for _, r := range c.PutRows {
		if m.rows[r.Kind] == nil {
			m.rows[r.Kind] = map[Key]Row{}
		}
		m.rows[r.Kind][r.Key] = r
	}
	for sc, run := range c.Messages {
		m.messages[sc] = insertMessages(m.messages[sc], run)
	}
}

func (m *Memory) eraseRows() {
	m.rows, m.messages, m.pages = map[models.RowKind]map[Key]Row{}, map[models.Scope][]wire.Message{}, nil
}

// Close implements Store. The contents stay, so that a test can open another Device on them.
func (m *Memory) Close() error { return nil }

// insertMessages puts a run into rows that are in order of n.
func insertMessages(rows, run []wire.Message) []wire.Message {
	for _, x := range run {
		i, found := slices.BinarySearchFunc(rows, x.N, byN)
		if found {
			rows[i] = x
			continue
		}
		rows = slices.Insert(rows, i, x)
	}
	return rows
}

func byN(m wire.Message, n uint32) int { return cmp.Compare(m.N, n) }

func (k Key) compare(other Key) int {
	return cmp.Or(k.Scope.Compare(other.Scope), cmp.Compare(k.Kind, other.Kind), cmp.Compare(k.ID, other.ID))
}

// clone copies what a Meta points to.
func (m Meta) clone() Meta {
	if m.Pass != nil {
		pass := *m.Pass
		m.Pass = &pass
	}
	m.Holes = maps.Clone(m.Holes)
	return m
}
