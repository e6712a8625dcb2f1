package push_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"officermobile/push"
)

// TestProvidersAreToldOf: who reads the log sees once that a provider is given up, and once that it is back.
func TestProvidersAreToldOf(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]push.Result{"is down": down, "refuses us": refused} {
		bubble(t, name, func(t *testing.T, r *rig) {
			var log bytes.Buffer
			r.stop()
			r.logger = slog.New(slog.NewTextHandler(&log, nil))
			r.start("node")
			r.away()
			r.provider.answers(trouble)
			for range 8 {
				r.urgent(r.omar, r.chat)
				r.pass(time.Second)
			}
			r.pass(2 * time.Minute)
			r.provider.answers(fine)
			r.pass(2 * time.Minute)
			r.stop()
			text := log.String()
			gone, back := strings.Index(text, "a provider "+name), strings.Index(text, "a provider answers again")
			if gone < 0 || back < gone || strings.Count(text, "a provider "+name) != 1 || strings.Count(text, "a provider answers again") != 1 {
				t.Errorf("got\n%s\nwant that it %s, and after it that it answers again, each once", text, name)
			}
		})
	}
}
