package sync

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

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
