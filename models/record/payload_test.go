package record_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"officermobile/models/record"
)

// payloads has one of each sort: plain, empty, encrypted, redacted.
func payloads() []record.Payload {
	return []record.Payload{
		{Salt: id(1), Bytes: []byte(`{"text":"10-4"}`)},
		{Salt: id(2)},
		{KeyID: math.MaxUint32, Bytes: []byte{0xde, 0xad}},
		{},
	}
}

func TestPayloadsRoundTrip(t *testing.T) {
	t.Parallel()
	b, err := record.EncodePayloads(payloads())
	if err != nil {
		t.Fatal(err)
	}
	got, err := record.DecodePayloads(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range payloads() {
		if got[i].KeyID != want.KeyID || got[i].Salt != want.Salt || !bytes.Equal(got[i].Bytes, want.Bytes) {
			t.Errorf("payload %d: got %v, want %v", i, got[i], want)
		}
	}
	if !got[3].Redacted() || got[1].Redacted() || got[2].Redacted() {
		t.Error("only the last payload is redacted")
	}
}

func TestEncodePayloadsRefuses(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]record.Payload{
		"plain without salt":    {Bytes: []byte("x")},
		"encrypted and empty":   {KeyID: 1},
		"encrypted with salt":   {KeyID: 1, Salt: id(1), Bytes: []byte("x")},
		"longer than it may be": {Salt: id(1), Bytes: make([]byte, record.MaxPayloadBytes+1)},
	} {
		if _, err := record.EncodePayloads([]record.Payload{p}); !errors.Is(err, record.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	for _, n := range []int{0, record.MaxEvents + 1} {
		if _, err := record.EncodePayloads(make([]record.Payload, n)); !errors.Is(err, record.ErrInvalid) {
			t.Errorf("%d payloads: got %v, want ErrInvalid", n, err)
		}
	}
}

func TestDecodePayloadsIsCanonical(t *testing.T) {
	t.Parallel()
	whole, err := record.EncodePayloads(payloads())
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := record.DecodePayloads(whole[:n]); !errors.Is(err, record.ErrInvalid) {
			t.Fatalf("the first %d bytes: got %v, want ErrInvalid", n, err)
		}
	}
	for bit := range len(whole) * 8 {
		b := bytes.Clone(whole)
		b[bit/8] ^= 1 << (bit % 8)
		payloadsReencode(t, b)
	}
}

func payloadsReencode(t *testing.T, b []byte) {
	t.Helper()
	p, err := record.DecodePayloads(b)
	if err != nil {
		if !errors.Is(err, record.ErrInvalid) {
			t.Fatalf("got %v, want ErrInvalid", err)
		}
		return
	}
	again, err := record.EncodePayloads(p)
	if err != nil || !bytes.Equal(again, b) {
		t.Fatalf("% x\nencodes again to\n% x, %v", b, again, err)
	}
}

func FuzzDecodePayloads(f *testing.F) {
	b, err := record.EncodePayloads(payloads())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("OMP\x01\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) { payloadsReencode(t, b) })
}
