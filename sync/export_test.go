package sync

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Position is a token's content, for tests of the pass without tokens.
type Position = position

// PassFault breaks the rendering of a page: it is called before each row and message.
type PassFault func()

// TakePage makes a page of a state, as a node does under its lock, with the limits given as they are.
func TakePage(s *models.State, floor record.Seq, who wire.Caller, window, bytes int, pos Position, fault PassFault) (wire.Page[any], Position, error) {
	a := newAsk(who, window, bytes)
	a.window, a.bytes = window, bytes
	if fault != nil {
		a.row = func(s *models.State, sc models.Scope, r models.Row) any { fault(); return wire.RowData(s, sc, r) }
		a.message = func(e *models.Entry) wire.Message { fault(); return wire.MessageOf(e) }
	}
	var page wire.Page[any]
	var next position
	err := guard(func() error {
		l := take(s, floor, a, pos)
		if l.err != nil {
			return l.err
		}
		var err error
		page, next, err = l.page()
		return err
	})
	return page, next, err
}

// Need, Seq, InPass and their setters look into a position.
func (p position) Need() record.Seq              { return p.need() }
func (p position) At() record.Seq                { return p.seq }
func (p position) InPass() bool                  { return p.pass != nil }
func (p position) WithSeq(s record.Seq) Position { p.seq = s; return p }
func (p position) WithoutNewest() Position       { p.newest = 0; return p }
func (p position) Anew() Position                { return p.anew() }
func (p position) Reread() (Position, error)     { return decodePosition(p.encode()) }

// ReadPosition and Bytes are a token's inside, as sealed.
func ReadPosition(b []byte) (Position, error) { return decodePosition(b) }
func (p position) Bytes() []byte              { return p.encode() }

// GoldenPosition is the plain content of a token.
type GoldenPosition struct {
	Name  string
	Bytes []byte
}

// GoldenPositions are contents of every shape: a completed pass, and a page in each stage.
func GoldenPositions() []GoldenPosition {
	base := position{epoch: 0x0102030405060708, seq: 70_000, h8: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, view: 1, schema: 1, newest: 70_003}
	all := []GoldenPosition{{"completed", base.encode()}}
	for st := fresh; st <= dropped; st++ {
		p := base
		p.pass = &pass{c0: 300, full: st == resetRows, alone: st == resetMessages, done: [2]uint64{3, 17},
			at:    models.Scope{Rank: models.RankConversation, ID: record.UUID{9, 9}},
			place: place{stage: st, seq: 310, kind: models.RowMember, id: record.UUID{7}, n: 51}}
		all = append(all, GoldenPosition{"page, stage " + string('0'+rune(st)), p.encode()})
	}
	return all
}

// Reencode reads a content and writes it again.
func Reencode(b []byte) ([]byte, error) {
	p, err := decodePosition(b)
	if err != nil {
		return nil, err
	}
	return p.encode(), nil
}

// PageBehind is the token of a page that ends with a row of a kind.
func PageBehind(k models.RowKind) Position {
	return position{pass: &pass{place: place{stage: resetRows, kind: k}}}
}

// SealGolden seals the completed golden position for who under a key with id 1.
func SealGolden(key []byte, who wire.Caller) (string, error) {
	p, err := decodePosition(GoldenPositions()[0].Bytes)
	if err != nil {
		return "", err
	}
	return goldenRing(key).seal(who, p)
}

// OpenGolden reads a sealed token's content.
func OpenGolden(key []byte, who wire.Caller, token string) ([]byte, error) {
	p, err := goldenRing(key).open(context.Background(), who, token)
	return p.encode(), err
}

func goldenRing(key []byte) *keyring {
	return &keyring{keys: map[byte][]byte{1: key}, newest: 1}
}
