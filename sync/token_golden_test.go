package sync_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/sync"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew; never after a release")

// TestTokensAreFrozen: tokens lie on phones over any upgrade of the server, so contents and seals of old ones still open.
func TestTokensAreFrozen(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, p := range sync.GoldenPositions() {
		fmt.Fprintf(&out, "%s\t%s\n", p.Name, hex.EncodeToString(p.Bytes))
		again, err := sync.Reencode(p.Bytes)
		if err != nil || !bytes.Equal(again, p.Bytes) {
			t.Errorf("%s: got %x and %v, want it back", p.Name, again, err)
		}
	}
	path := filepath.Join("testdata", "tokens.txt")
	key := bytes.Repeat([]byte{7}, 32)
	who := wire.Caller{Agency: models.AgencyID{1}, User: models.UserID{2}, Device: models.DeviceID{3}}
	if *updateGolden {
		sealed, err := sync.SealGolden(key, who)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(out.String()+"sealed\t"+sealed+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	contents, sealed, ok := strings.Cut(string(want), "sealed\t")
	if !ok || contents != out.String() {
		t.Errorf("contents have changed:\n%s", out.String())
	}
	plain, err := sync.OpenGolden(key, who, strings.TrimSpace(sealed))
	if err != nil || !bytes.Equal(plain, sync.GoldenPositions()[0].Bytes) {
		t.Errorf("a token sealed earlier: got %x and %v", plain, err)
	}
	who.Device = models.DeviceID{4}
	if _, err := sync.OpenGolden(key, who, strings.TrimSpace(sealed)); err == nil {
		t.Error("another device's token opens")
	}
}

// TestAPageMayEndBehindARowOfAnyKind goes through the kinds that package models declares, so that none is forgotten.
func TestAPageMayEndBehindARowOfAnyKind(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile(filepath.Join("..", "models", "scope.go"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`(?m)^\tRow\w+ +RowKind = "(\w+)"`).FindAllStringSubmatch(string(src), -1)
	if len(kinds) < 19 {
		t.Fatalf("got %d kinds of rows, want at least those of today: the source reads otherwise now", len(kinds))
	}
	for _, k := range kinds {
		kind := models.RowKind(k[1])
		if kind == models.RowMessages { // a page that ends among messages names a number
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			at := sync.PageBehind(kind)
			if got, err := at.Reread(); err != nil || !reflect.DeepEqual(got, at) {
				t.Errorf("got %+v and %v, want %+v", got, err, at)
			}
		})
	}
}
