package config_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"officermobile/config"
)

var update = flag.Bool("update", false, "write docs/CONFIG.md anew")

func TestReference(t *testing.T) {
	t.Parallel()
	const path = "../docs/CONFIG.md"
	var want bytes.Buffer
	if err := config.WriteReference(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s isn't current; run make generate", path)
	}
}
