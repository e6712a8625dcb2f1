package main_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestDemonstrationPhonesAnswer: a test push to a simulated phone of the demonstration is told to have been displayed.
func TestDemonstrationPhonesAnswer(t *testing.T) {
	t.Parallel()
	listen := freePort(t)
	agency, passwords := demonstration(t, listen)
	b := &birds{t: t, base: "http://" + listen}
	boss, _, _ := b.signIn(agency, "admin", passwords["admin"], newTextID())
	var device string
	for _, row := range b.must(boss, "GET", "/v1/readiness", "")["devices"].([]any) {
		if d, ok := row.(map[string]any)["device_id"].(string); ok && d != "" {
			device = d
		}
	}
	path := "/v1/devices/" + device + "/test-push"
	b.must(boss, "POST", path, "")
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for t.Context().Err() == nil {
		if told := b.must(boss, "GET", path, ""); strings.Contains(fmt.Sprint(told), "displayed:") {
			return
		}
		<-look.C
	}
	t.Error("the phone never told that it shows the notification")
}
