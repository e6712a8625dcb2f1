package sync_test

import (
	"bytes"
	"errors"
	"testing"

	"officermobile/models/wire"
	"officermobile/sync"
)

var errSeen = errors.New("that is enough")

// FuzzToken presents any text as a token and as a stream's Last-Event-ID, which is one: it is the position that the text
// was sealed for, or a full pass begins. It is never an error.
func FuzzToken(f *testing.F) {
	d := newDesk(f, sync.ServiceOptions{})
	who := callerOf(1)
	first := d.sync(who, wire.SyncRequest{MaxBytes: 1}).Page.T
	done := d.pass(who, first, newPocket())
	for _, seed := range []string{"", "AAAA", "%", "AQ", done, first, done[:len(done)-1], first + "A", "\x00", done + done} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		answer, err := d.s.Sync(t.Context(), who, wire.SyncRequest{T: token, Schema: wire.Schema})
		if err != nil || answer.Page == nil {
			t.Fatalf("sync: got %+v, %v, want a page", answer.PageError, err)
		}
		var frame wire.Frame
		req := wire.LiveRequest{Token: token, Schema: wire.Schema}
		err = d.s.Live(t.Context(), who, req, func(fr wire.Frame) error { frame = fr; return errSeen })
		if err != errSeen {
			t.Fatalf("live: got %v, want a frame", err)
		}
		if token == done || token == first {
			return
		}
		if !answer.Page.Full || !answer.Page.Begin {
			t.Error("sync: got a difference for a token that was not made, want a full pass")
		}
		if p, ok := frame.Data.(wire.Page[any]); !ok || !p.Full || !p.Begin {
			t.Errorf("live: got %+v first, want a full pass", frame)
		}
	})
}

// FuzzPosition reads any bytes as what stands in a token: an error, or a position that is written and read alike.
func FuzzPosition(f *testing.F) {
	f.Add(sync.Position{}.Bytes())
	f.Add(sync.Position{}.WithSeq(77).Bytes())
	f.Add([]byte{7, 1, 2, 3})
	f.Add(append([]byte{1}, make([]byte, 60)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := sync.ReadPosition(b)
		if err != nil {
			return
		}
		again, err := sync.ReadPosition(p.Bytes())
		if err != nil || !bytes.Equal(again.Bytes(), p.Bytes()) {
			t.Errorf("got %x, %v, want %x", again.Bytes(), err, p.Bytes())
		}
	})
}
