package records

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

// A bucket's row is, for each of its terms in order: length, term, length of what follows, the differences between the
// indexes of the entries. All numbers are varints.

func encodePostings(terms map[term][]uint16) []byte {
	var b, list []byte
	for _, t := range slices.Sorted(maps.Keys(terms)) {
		list = list[:0]
		before := uint16(0)
		for _, i := range terms[t] {
			list = binary.AppendUvarint(list, uint64(i-before))
			before = i
		}
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
		b = binary.AppendUvarint(b, uint64(len(list)))
		b = append(b, list...)
	}
	return b
}

// postings are the entries of a bucket's row that answer a clause, rising.
func postings(row []byte, c clause) ([]uint16, error) {
	r := rowReader{rest: row}
	var lists [][]uint16
	for len(r.rest) > 0 && !r.bad {
		t, list := term(r.bytes()), r.bytes()
		if c.wants(t) {
			lists = append(lists, r.indexes(list))
		}
	}
	return union(lists), r.err()
}

// A block's table has its entries in order: position, time and row as differences to the entry before, of what sort,
// and which of the places, which follow behind.

func encodeTable(b *block) []byte {
	out := binary.AppendUvarint(nil, uint64(len(b.entries)))
	places := map[record.UUID]uint64{}
	var named []byte
	seq, at := b.after, models.Micros(0)
	for _, e := range b.entries {
		i, known := places[e.place]
		if !known {
			i = uint64(len(places))
			places[e.place] = i
			named = append(named, e.place[:]...)
		}
		out = binary.AppendUvarint(out, uint64(e.seq-seq))
		out = binary.AppendUvarint(out, uint64(e.at-at))
		out = append(out, byte(e.sort))
		out = binary.AppendUvarint(out, i)
		out = binary.AppendUvarint(out, uint64(e.n))
		seq, at = e.seq, e.at
	}
	return append(out, named...)
}

func decodeTable(after record.Seq, row []byte) ([]entry, error) {
	r := rowReader{rest: row}
	entries := make([]entry, min(r.uvarint(), maxEntries))
	at, places := models.Micros(0), make([]uint64, len(entries))
	for i := range entries {
		e := &entries[i]
		after += record.Seq(r.uvarint())
		at += models.Micros(r.uvarint())
		e.seq, e.at, e.sort = after, at, sort(r.byte())
		places[i], e.n = r.uvarint(), uint32(r.uvarint())
	}
	for i := range entries {
		from := places[i] * uint64(len(record.UUID{}))
		if from+uint64(len(record.UUID{})) > uint64(len(r.rest)) {
			return nil, errDamaged
		}
		copy(entries[i].place[:], r.rest[from:])
	}
	return entries, r.err()
}

var errDamaged = fmt.Errorf("%w: a row of the search index can't be read", store.ErrDamaged)

// rowReader reads what the encoders wrote, and goes bad on anything else.
type rowReader struct {
	rest []byte
	bad  bool
}

func (r *rowReader) err() error {
	if r.bad {
		return errDamaged
	}
	return nil
}

func (r *rowReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *rowReader) byte() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *rowReader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *rowReader) indexes(list []byte) []uint16 {
	in := rowReader{rest: list}
	var all []uint16
	i := uint64(0)
	for len(in.rest) > 0 {
		i += in.uvarint()
		if in.bad || i >= maxEntries {
			r.bad = true
			return nil
		}
		all = append(all, uint16(i))
	}
	return all
}

// rows are all documents of a block, by id, but the one that says where it is.
func (b *block) rows(prefix string) ([]store.Document, error) {
	buckets := map[string]map[term][]uint16{}
	for t, list := range b.terms {
		name := t.bucket()
		if buckets[name] == nil {
			buckets[name] = map[term][]uint16{}
		}
		buckets[name][t] = list
	}
	tail := "/" + descending(b.number)
	docs := make([]store.Document, 0, len(buckets)+len(b.origins)+1)
	add := func(name string, body []byte) {
		docs = append(docs, store.Document{Kind: kindIndex, ID: prefix + name + tail, Body: body})
	}
	for name, terms := range buckets {
		add(name, encodePostings(terms))
	}
	for id, o := range b.origins {
		body, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		add(originRows+id.Hex(), body)
	}
	for _, s := range b.shifts {
		body, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		for _, name := range s.rows() {
			docs = append(docs, store.Document{Kind: kindIndex, ID: prefix + name + s.key(), Body: body})
		}
	}
	add(tableRows, encodeTable(b))
	slices.SortFunc(docs, func(x, y store.Document) int { return cmp.Compare(x.ID, y.ID) })
	return docs, nil
}
