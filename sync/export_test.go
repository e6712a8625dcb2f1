package sync

import (
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
