package record_test

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"officermobile/models/record"
)

var update = flag.Bool("update", false, "write the golden files; only ever for a new one, never over data that exists")

// The golden files freeze the bytes: each has the hexadecimal form and, beside it, what a reader should make of it.
func TestGolden(t *testing.T) {
	headers := map[string]record.Header{"header-small": small(), "header-full": full()}
	for name, h := range headers {
		t.Run(name, func(t *testing.T) {
			b, err := record.Encode(h)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".hex", wrap(b))
			old := unwrap(t, name+".hex")
			back, err := record.Decode(old)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", describe(back, old))
		})
	}
	t.Run("payloads", func(t *testing.T) {
		b, err := record.EncodePayloads(payloads())
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "payloads.hex", wrap(b))
		back, err := record.DecodePayloads(unwrap(t, "payloads.hex"))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "payloads.txt", describePayloads(back))
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: the bytes of the log may not change.\ngot\n%s\nwant\n%s", name, got, want)
	}
}

// wrap writes 32 bytes a line.
func wrap(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		n := min(32, len(b))
		fmt.Fprintln(&s, hex.EncodeToString(b[:n]))
		b = b[n:]
	}
	return s.String()
}

func unwrap(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func describe(h record.Header, raw []byte) string {
	var s strings.Builder
	fmt.Fprintf(&s, "log    %s\nepoch  %016x\nfirst  %d\nlast   %d\nprev   %x\nid     %s\n", h.Log, h.Epoch, h.First, h.Last(), h.Prev, h.ID.Hex())
	for i, e := range h.Events {
		fmt.Fprintf(&s, "\nevent %d\ntype      %s\nversion   %d\ncritical  %v\nat        %d\n", i, e.Type, e.Version, e.Critical, e.At)
		fmt.Fprintf(&s, "actor     %s\ndevice    %s\nlane      %d\nnum       %d\ncommand   %s\n", e.Actor.Hex(), e.Device.Hex(), e.Lane, e.Num, e.Command.Hex())
		fmt.Fprintf(&s, "key       %x\nbody      %x\ndigest    %x\n", e.Request.Key, e.Request.Body, e.Digest)
	}
	fmt.Fprintf(&s, "\nhash of the batch  %x\n", record.Sum(raw))
	return s.String()
}

func describePayloads(payloads []record.Payload) string {
	var s strings.Builder
	for i, p := range payloads {
		fmt.Fprintf(&s, "payload %d\nkey id    %d\nsalt      %s\nbytes     %x\nredacted  %v\n", i, p.KeyID, p.Salt.Hex(), p.Bytes, p.Redacted())
		if p.KeyID == 0 && !p.Redacted() {
			fmt.Fprintf(&s, "digest    %x\n", record.DigestOf(p.Salt, p.Bytes))
		}
		fmt.Fprintln(&s)
	}
	return s.String()
}
