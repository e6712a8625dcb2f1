package sync

import (
	"encoding/binary"
	"errors"

	"officermobile/models"
	"officermobile/models/record"
)

// viewVersion is that of the code that decides what a device is shown. Another one starts a full pass: raise it when
// rows that did not change would be rendered otherwise, or go to somebody else.
const viewVersion = 1

// position is the content of a token: how far a device is. Client code never sees it.
type position struct {
	epoch  uint64
	seq    record.Seq // of a completed pass its h0; within a pass the h0 that it leads to
	h8     [8]byte    // first bytes of the log's hash at seq
	view   uint64
	schema uint64
	newest record.Seq // newest applied position that this device was ever shown
	pass   *pass      // nil: completed
}

// confirmed is the position up to which a device that presents p has everything.
func (p position) confirmed() record.Seq {
	if p.pass == nil {
		return p.seq
	}
	if p.pass.full {
		return 0
	}
	return p.pass.c0
}

// need is the position below which no node may answer p.
func (p position) need() record.Seq { return max(p.seq, p.newest) }

// anew is the position that starts a full pass instead of p, of the same log. What the device was shown still counts.
func (p position) anew() position { return position{newest: max(p.newest, p.seq)} }

// pass is where a pass of several pages stands.
type pass struct {
	c0    record.Seq // from where
	full  bool
	alone bool         // a repair of one scope: the device's position is c0 before and after
	done  [2]uint64    // by lane, the last command whose effects lie at or before h0
	at    models.Scope // the scope to go on with; all before it are done
	place place
}

// stage is what of a scope comes next.
type stage uint8

const (
	fresh         stage = iota // nothing of the scope was sent
	resetRows                  // rows as they are, behind (kind, id)
	resetMessages              // messages as they are, behind n
	deltaRows                  // changed rows, behind (seq, kind, id)
	deltaMessages              // messages of the span, behind n
	dropped                    // nothing, unless it is granted again
)

// place is a keyset position within a scope. It names what was last sent, so that what comes and goes meanwhile moves
// nothing.
type place struct {
	stage stage
	seq   record.Seq
	kind  models.RowKind
	id    record.UUID
	n     uint32
}

// rowKinds gives kinds of rows a number in a token. Append only.
var rowKinds = [...]models.RowKind{
	"", models.RowMe, models.RowDevice, models.RowMark, models.RowInvitation, models.RowUrgent, models.RowAgency,
	models.RowUser, models.RowDuty, models.RowZone, models.RowWorkZone, models.RowTeam, models.RowDispatch, models.RowTask,
	models.RowConversation, models.RowMember, models.RowLog, models.RowRTA, models.RowChoice, models.RowMute,
}

var errToken = errors.New("token can't be read")

const (
	flagPass = 1 << iota
	flagFull
	flagAlone
)

// encode writes p as few bytes: a completed one is about 22.
func (p position) encode() []byte {
	b := make([]byte, 0, 96)
	flags := byte(0)
	if p.pass != nil {
		flags |= flagPass
		flags |= flag(p.pass.full, flagFull) | flag(p.pass.alone, flagAlone)
	}
	b = append(b, flags)
	b = binary.LittleEndian.AppendUint64(b, p.epoch)
	b = binary.AppendUvarint(b, uint64(p.seq))
	b = append(b, p.h8[:]...)
	b = binary.AppendUvarint(b, p.view)
	b = binary.AppendUvarint(b, p.schema)
	b = binary.AppendVarint(b, int64(p.newest)-int64(p.seq))
	if p.pass == nil {
		return b
	}
	return p.pass.append(b)
}

func flag(on bool, bit byte) byte {
	if on {
		return bit
	}
	return 0
}

func (p *pass) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(p.c0))
	b = binary.AppendUvarint(b, p.done[0])
	b = binary.AppendUvarint(b, p.done[1])
	b = append(b, byte(p.at.Rank))
	b = append(b, p.at.ID[:]...)
	b = append(b, byte(p.place.stage))
	if p.place.stage == fresh {
		return b
	}
	b = binary.AppendUvarint(b, uint64(p.place.seq))
	b = append(b, kindNumber(p.place.kind))
	b = append(b, p.place.id[:]...)
	return binary.AppendUvarint(b, uint64(p.place.n))
}

func kindNumber(k models.RowKind) byte {
	for i, known := range rowKinds {
		if known == k {
			return byte(i)
		}
	}
	panic("row kind " + string(k) + " has no number in a token")
}

// decodePosition reads what encode wrote and nothing else.
func decodePosition(b []byte) (position, error) {
	r := tokenReader{b: b}
	flags := r.byte()
	p := position{epoch: r.fixed64(), seq: record.Seq(r.uvarint())}
	r.bytes(p.h8[:])
	p.view, p.schema = r.uvarint(), r.uvarint()
	p.newest = record.Seq(int64(p.seq) + r.varint())
	if flags&flagPass != 0 {
		p.pass = r.pass(flags)
	}
	if r.bad || len(r.b) > 0 || flags > flagPass|flagFull|flagAlone {
		return position{}, errToken
	}
	return p, nil
}

// tokenReader takes a token apart; after a failure all reads answer zero.
type tokenReader struct {
	b   []byte
	bad bool
}

func (r *tokenReader) pass(flags byte) *pass {
	p := &pass{full: flags&flagFull != 0, alone: flags&flagAlone != 0, c0: record.Seq(r.uvarint())}
	p.done = [2]uint64{r.uvarint(), r.uvarint()}
	p.at.Rank = models.Rank(r.byte())
	r.bytes(p.at.ID[:])
	p.place.stage = stage(r.byte())
	if p.place.stage == fresh {
		return p
	}
	p.place.seq = record.Seq(r.uvarint())
	p.place.kind = r.kind()
	r.bytes(p.place.id[:])
	p.place.n = uint32(r.uvarint())
	if p.place.stage > dropped {
		r.bad = true
	}
	return p
}

func (r *tokenReader) kind() models.RowKind {
	i := int(r.byte())
	if i >= len(rowKinds) {
		r.bad = true
		return ""
	}
	return rowKinds[i]
}

func (r *tokenReader) bytes(into []byte) {
	if len(r.b) < len(into) {
		r.bad, r.b = true, nil
		return
	}
	copy(into, r.b)
	r.b = r.b[len(into):]
}

func (r *tokenReader) byte() byte {
	var one [1]byte
	r.bytes(one[:])
	return one[0]
}

func (r *tokenReader) fixed64() uint64 {
	var eight [8]byte
	r.bytes(eight[:])
	return binary.LittleEndian.Uint64(eight[:])
}

func (r *tokenReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.skip(n)
	return v
}

func (r *tokenReader) varint() int64 {
	v, n := binary.Varint(r.b)
	r.skip(n)
	return v
}

func (r *tokenReader) skip(n int) {
	if n <= 0 {
		r.bad, r.b = true, nil
		return
	}
	r.b = r.b[n:]
}
