// Package conformance is the one suite that every provider's push.Sender passes, against pushtest's services. What
// only one provider has is tested beside it.
package conformance

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/pushtest"
)

// Closer is a Sender that lets go of its connections.
type Closer interface {
	push.Sender
	Close()
}

// Provider is what the suite needs to know of one.
type Provider struct {
	Name   pushtest.Provider
	Kind   push.AddressKind
	New    func(t *testing.T, c pushtest.Config, timeout time.Duration) Closer // timeout 0 for the default
	Status int                                                                 // of success
	Busy   string                                                              // reason of a 503
	Auth   pushtest.Fault                                                      // its way to refuse a credential
	Config pushtest.Fault                                                      // and a configuration
}

// bench is one fresh set of services and a sender.
type bench struct {
	Provider
	services *pushtest.Services
	sender   Closer
	secret   push.DeviceSecret
	n        byte
}

func newBench(t *testing.T, p Provider, timeout time.Duration) *bench {
	t.Helper()
	s, err := pushtest.Start(pushtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	sender := p.New(t, s.Config(), timeout)
	t.Cleanup(sender.Close)
	return &bench{Provider: p, services: s, sender: sender, secret: push.DeviceSecret{7}}
}

// note makes a message for a device. Each has another id.
func (b *bench) note(a push.Address) push.Notification {
	b.n++
	return push.Notification{
		ID: record.UUID{0: 1, 15: b.n}, Address: a, Class: push.Message, Badge: 3, Expires: time.Now().Add(time.Hour),
		ThreadTag: push.TagOf(b.secret, record.UUID{9}), CollapseTag: push.TagOf(b.secret, record.UUID{9}),
	}
}

func (b *bench) send(t *testing.T, n push.Notification) push.Result {
	t.Helper()
	return b.sender.Send(t.Context(), n)
}

// Run is the suite.
func Run(t *testing.T, p Provider) {
	for name, test := range map[string]func(*testing.T, Provider){
		"accepted":               accepted,
		"R22 states of a device": devices,
		"answers":                answers,
		"R24 Retry-After in seconds and as a date":               retryAfter,
		"R37 a call that gets no answer ends":                    timeout,
		"R37 a call that was cancelled ends":                     cancelled,
		"R35 a cut connection is one request":                    cut,
		"R34 what is too large or malformed never leaves":        staysHere,
		"R29 five hundred at once share a connection":            burst,
		"R29 a new connection carries one until its first reply": canary,
		"R15 a copy has the same id and is shown once":           duplicate,
		"R31 GOAWAY loses nothing":                               goAway,
		"R35 an outage is one request for each call":             outage,
		"R49 nothing tells what it is about":                     private,
		"R40 what only wakes shows nothing":                      quiet,
		"a lifetime reaches the provider":                        kept,
		"what wakes a sleeping device":                           asleep,
		"sealed content reaches the app":                         sealed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

func accepted(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	n := b.note(b.services.NewDevice(p.Kind))
	got := b.send(t, n)
	journal := b.services.Journal(0)
	if len(journal) != 1 || !journal[0].Accepted || journal[0].Notification != n.ID.String() {
		t.Fatalf("journal: %+v", journal)
	}
	want := push.Result{Outcome: push.Accepted, Status: p.Status, ProviderID: journal[0].MessageID}
	if got != want || got.ProviderID == "" {
		t.Errorf("got %+v, want %+v", got, want)
	}
	in, _ := b.services.Inbox(n.Address.Token)
	if len(in.Shown) != 1 || in.Shown[0].Rings != 1 || in.Badge != 3 || in.Shown[0].Thread != string(n.ThreadTag) {
		t.Errorf("inbox: %+v", in)
	}
}

func devices(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	for _, c := range []struct {
		state   pushtest.State
		want    push.Outcome
		suspect bool
	}{
		{pushtest.Live, push.Accepted, false},
		{pushtest.Uninstalled, push.TokenDead, false},
		{pushtest.Unknown, push.TokenDead, true},
		{pushtest.Foreign, push.TokenDead, true},
		{pushtest.Throttled, push.Limited, false},
	} {
		a := b.services.NewAddress(p.Kind)
		b.services.Register(a, c.state, time.Unix(1_700_000_000, 0))
		got := b.send(t, b.note(a))
		if got.Outcome != c.want || got.Suspect() != c.suspect || got.ForDevice != (c.want == push.Limited) {
			t.Errorf("state %d: got %+v, want %v, suspect %v", c.state, got, c.want, c.suspect)
		}
	}
}

func answers(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	const page = "<html>502 on the way to you</html>"
	for _, c := range []struct {
		name   string
		fault  pushtest.Fault
		want   push.Outcome
		reason string
	}{
		{"R22 credential", p.Auth, push.AuthTrouble, p.Auth.Reason},
		{"R22 configuration", p.Config, push.ConfigTrouble, p.Config.Reason},
		{"R22 busy", pushtest.Fault{Status: 503, Reason: p.Busy}, push.TryAgain, p.Busy},
		{"R32 busy, a page", pushtest.Fault{Status: 503, Body: page}, push.TryAgain, push.ReasonNotJSON},
		{"R32 gateway, a page", pushtest.Fault{Status: 502, Body: page}, push.TryAgain, push.ReasonNotJSON},
		{"R45 not found, a page", pushtest.Fault{Status: 404, Body: page}, push.ConfigTrouble, push.ReasonNotJSON},
		{"R22 redirect", pushtest.Fault{Status: 307, Body: page}, push.ConfigTrouble, push.ReasonNotJSON},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(b.services.Journal(0))
			b.services.Script(c.fault)
			got := b.send(t, b.note(b.services.NewDevice(p.Kind)))
			if got.Outcome != c.want || got.Reason != c.reason || got.Status != c.fault.Status {
				t.Errorf("got %+v, want %v %s", got, c.want, c.reason)
			}
			if sent := len(b.services.Journal(before)); sent != 1 {
				t.Errorf("%d requests, want 1", sent)
			}
		})
	}
}

func retryAfter(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	send := func(header string) push.Result {
		b.services.Script(pushtest.Fault{Status: 503, Reason: p.Busy, RetryAfter: header})
		return b.send(t, b.note(b.services.NewDevice(p.Kind)))
	}
	if got := send("7").RetryAfter; got != 7*time.Second {
		t.Errorf("seconds: got %v", got)
	}
	date := time.Now().Add(2 * time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	if got := send(date).RetryAfter; got < time.Hour || got > 2*time.Hour {
		t.Errorf("date: got %v", got)
	}
	if got := send("soon").RetryAfter; got != 0 {
		t.Errorf("nonsense: got %v", got)
	}
	if got := len(b.services.Journal(0)); got != 3 {
		t.Errorf("%d requests for 3 sends", got)
	}
}

func timeout(t *testing.T, p Provider) {
	b := newBench(t, p, 300*time.Millisecond)
	b.services.Script(pushtest.Fault{Provider: p.Name, Delay: time.Hour})
	got := b.send(t, b.note(b.services.NewDevice(p.Kind)))
	if want := (push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func cancelled(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := b.sender.Send(ctx, b.note(b.services.NewDevice(p.Kind)))
	if want := (push.Result{Outcome: push.TryAgain, Reason: push.ReasonCancelled}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if j := b.services.Journal(0); len(j) != 0 {
		t.Errorf("it left: %+v", j)
	}
}

func cut(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	for _, c := range []struct {
		name      string
		cut       pushtest.Cut
		delivered bool
	}{{"before", pushtest.CutBefore, false}, {"after", pushtest.CutAfter, true}} {
		before := len(b.services.Journal(0))
		b.services.Script(pushtest.Fault{Provider: p.Name, Cut: c.cut})
		got := b.send(t, b.note(b.services.NewDevice(p.Kind)))
		if want := (push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection}); got != want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
		j := b.services.Journal(before)
		if len(j) != 1 || j[0].Accepted != c.delivered {
			t.Errorf("%s: on the wire %+v, want one, delivered %v", c.name, j, c.delivered)
		}
	}
	if got := b.send(t, b.note(b.services.NewDevice(p.Kind))); got.Outcome != push.Accepted {
		t.Errorf("on a new connection: %+v", got)
	}
}

func staysHere(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	live := b.services.NewDevice(p.Kind)
	for _, c := range []struct {
		name   string
		change func(*push.Notification)
		reason string
	}{
		{"too large", func(n *push.Notification) { n.Sealed = push.Sealed{KeyID: "k", Box: make([]byte, 3000)} }, push.ReasonTooLarge},
		{"no id", func(n *push.Notification) { n.ID = record.UUID{} }, push.ReasonMalformed},
		{"an id for a tag", func(n *push.Notification) { n.ThreadTag = push.Tag(n.ID.String()) }, push.ReasonMalformed},
		{"no class", func(n *push.Notification) { n.Class = 0 }, push.ReasonMalformed},
		{"a path for a token", func(n *push.Notification) { n.Address.Token = "../../x?y" }, push.ReasonMalformed},
		{"no token", func(n *push.Notification) { n.Address.Token = "" }, push.ReasonMalformed},
		{"another provider's", func(n *push.Notification) { n.Address.Kind = "pigeon" }, push.ReasonWrongSender},
	} {
		n := b.note(live)
		c.change(&n)
		if got, want := b.send(t, n), (push.Result{Outcome: push.OurBug, Reason: c.reason}); got != want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
	}
	if j := b.services.Journal(0); len(j) != 0 {
		t.Errorf("%d requests left", len(j))
	}
	const most = 4096 // of every provider's
	n := b.note(live)
	for box := most; box > 0; box-- { // the largest that leaves
		n.Sealed = push.Sealed{KeyID: "k", Box: make([]byte, box)}
		if got := b.send(t, n); got.Reason != push.ReasonTooLarge {
			break
		}
	}
	if j := b.services.Journal(0); len(j) != 1 || !j[0].Accepted || len(j[0].Body) > most || len(j[0].Body) < most-2 {
		t.Errorf("at the limit there left %+v", j)
	}
}

func duplicate(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	n := b.note(b.services.NewDevice(p.Kind))
	b.services.Script(pushtest.Fault{Provider: p.Name, Cut: pushtest.CutAfter})
	b.send(t, n)
	if got := b.send(t, n); got.Outcome != push.Accepted {
		t.Fatalf("again: %+v", got)
	}
	in, _ := b.services.Inbox(n.Address.Token)
	if len(in.Shown) != 1 {
		t.Errorf("the officer sees it %d times", len(in.Shown))
	}
	j := b.services.Journal(0)
	if len(j) != 2 || j[0].Header["apns-id"] != j[1].Header["apns-id"] || j[0].Notification != j[1].Notification {
		t.Errorf("the copies differ: %+v", j)
	}
}

func outage(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	a := b.services.NewDevice(p.Kind)
	b.services.Outage("", time.Hour, pushtest.Fault{})
	for range 3 {
		if got := b.send(t, b.note(a)); got.Outcome != push.TryAgain || got.Status != 503 || got.Reason != p.Busy {
			t.Errorf("during: %+v", got)
		}
	}
	if j := b.services.Journal(0); len(j) != 3 {
		t.Errorf("%d requests for 3 sends", len(j))
	}
	b.services.Outage("", 0, pushtest.Fault{})
	if got := b.send(t, b.note(a)); got.Outcome != push.Accepted {
		t.Errorf("afterwards: %+v", got)
	}
}

// private: nothing that a provider gets tells what it is about, whom it is for, or which conversation.
func private(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	conversation := record.UUID([]byte("CANARY-CONVERSAT"))
	copy(b.secret[:], "CANARY-SECRET")
	for _, class := range []push.Class{push.Quiet, push.Message, push.Invite, push.Emergency} {
		n := b.note(b.services.NewDevice(p.Kind))
		n.Class, n.ThreadTag, n.CollapseTag = class, push.TagOf(b.secret, conversation), push.TagOf(b.secret, conversation)
		if got := b.send(t, n); got.Outcome != push.Accepted {
			t.Fatalf("%v: %+v", class, got)
		}
	}
	for _, e := range b.services.Journal(0) {
		sent := e.Body
		for name, value := range e.Header {
			sent += "\n" + name + ": " + value
		}
		for _, secret := range []string{"CANARY", conversation.String(), conversation.Hex(), string(bytes.ToUpper([]byte(conversation.Hex())))} {
			if strings.Contains(sent, secret) {
				t.Errorf("%q is in %s", secret, sent)
			}
		}
	}
}

func quiet(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	n := b.note(b.services.NewDevice(p.Kind))
	n.Class, n.Wake = push.Quiet, true
	if got := b.send(t, n); got.Outcome != push.Accepted {
		t.Fatalf("got %+v", got)
	}
	in, _ := b.services.Inbox(n.Address.Token)
	if len(in.Shown) != 0 || in.Wakes != 1 {
		t.Errorf("inbox: %+v", in)
	}
}
