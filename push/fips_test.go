package push_test

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// underFIPS is set for the child of TestFIPS.
const underFIPS = "OFFICERMOBILE_TEST_FIPS"

// TestFIPS runs the tests of what is sealed, signed and fetched once more where the standard library refuses whatever
// FIPS 140-3 does not approve. Ed25519 and HPKE's parts are approved. Those in bubbles stay out: in this mode the
// library's own entropy does not work in one.
func TestFIPS(t *testing.T) {
	t.Run("R55 the crypto tests pass under fips140=only", func(t *testing.T) {
		if os.Getenv(underFIPS) != "" {
			if !fips140.Enforced() {
				t.Error("fips140=only is not in force")
			}
			return
		}
		t.Parallel()
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^(TestFIPS|TestVectors|TestCrypto)$", "-test.v")
		child.Env = append(os.Environ(), "GODEBUG=fips140=only", underFIPS+"=1")
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if n := strings.Count(string(out), "--- PASS"); n < 10 {
			t.Errorf("only %d tests ran:\n%s", n, out)
		}
	})
}
