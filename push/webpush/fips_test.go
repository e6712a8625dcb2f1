package webpush_test

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// underFIPS is set for the child of TestFIPS.
const underFIPS = "OFFICERMOBILE_TEST_FIPS"

// TestFIPS encrypts to browsers, and signs for their services, by Go's FIPS 140-3 module. It can't be held to
// fips140=only: RFC 8291 derives the nonce of its AES-GCM, and that mode takes none but its own.
func TestFIPS(t *testing.T) {
	t.Run("R55 the crypto tests pass under fips140=on", func(t *testing.T) {
		if os.Getenv(underFIPS) != "" {
			if !fips140.Enabled() {
				t.Error("the module is not in use")
			}
			return
		}
		t.Parallel()
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^(TestFIPS|TestExampleOfTheStandard|TestOnlyTheBrowserOpensIt|TestTokens)$", "-test.v")
		child.Env = append(os.Environ(), "GODEBUG=fips140=on", underFIPS+"=1")
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if n := strings.Count(string(out), "--- PASS"); n < 4 {
			t.Errorf("only %d tests ran:\n%s", n, out)
		}
	})
}
