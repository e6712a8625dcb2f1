package node_test

import (
	"log/slog"
	"testing"

	"officermobile/models"
	"officermobile/push"
	"officermobile/push/pushtest"
)

// The topic of a ring is what the app called itself. A name that is not the operator's would have Apple refuse us, and
// the operator woken, by the word of one client.
func TestOnlyTheAppsOfTheSettingsAreRung(t *testing.T) {
	t.Parallel()
	services, err := pushtest.Start(pushtest.Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(services.Close)
	topic := services.Config().APNs.Topic
	with := func(topics string) func(app string, kind push.AddressKind) error {
		k := newKeyring(t, services)
		k.env = append(k.env, "OFFICERMOBILE_PUSH_APNS_TOPIC="+topics)
		s := k.open(slog.New(slog.DiscardHandler))
		t.Cleanup(s.Close)
		return func(app string, kind push.AddressKind) error { return s.Admit(push.Address{Kind: kind, App: app}) }
	}
	for _, tt := range []struct {
		name, topics, app string
		kind              push.AddressKind
		want              bool
	}{
		{"the app", topic, topic, push.APNs, true},
		{"another app", topic, topic + ".dev", push.APNs, false},
		{"one of several", "org.example.pad, " + topic, topic, push.APNs, true},
		{"the other of several", "org.example.pad, " + topic, "org.example.pad", push.APNs, true},
		{"none of several", "org.example.pad, " + topic, "org.example.pad, " + topic, push.APNs, false},
		{"Google tells apps apart by their project", topic, "org.example.android", push.FCMToken, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := with(tt.topics)(tt.app, tt.kind)
			if got := err == nil; got != tt.want {
				t.Errorf("taken: got %t, want %t (%v)", got, tt.want, err)
			}
			if e := models.AsError(err); err != nil && (e == nil || e.Kind != models.KindInvalid) {
				t.Errorf("got %v, want a refusal that names the field", err)
			}
		})
	}
}
