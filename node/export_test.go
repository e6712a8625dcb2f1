package node

import (
	"context"
	"encoding/base64"
	"log/slog"
	"regexp"
	"slices"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/config"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/office"
	"officermobile/push"
	"officermobile/store"
	"officermobile/sync"

	"github.com/prometheus/client_golang/prometheus"
)

// EventsOf is the log as push reads it.
func EventsOf(ctx context.Context, a *sync.Agencies, id models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	return feed{&Node{Office: &office.Office{Agencies: a}}}.Events(ctx, id, after, limit)
}

// MetricNames are all metrics of ours that a node serves.
func MetricNames() []string {
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		newMetrics().registry.Describe(descs)
		nodeMetrics{}.Describe(descs)
	}()
	named := regexp.MustCompile(`fqName: "(officermobile_[a-z_]+)"`)
	var names []string
	for d := range descs {
		if m := named.FindStringSubmatch(d.String()); m != nil {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return names
}

// FollowLog does what an agency's log asks for, up to its end, from where that was done last.
func FollowLog(ctx context.Context, a *sync.Agencies, docs store.Documents, sessions api.Revoker, phones api.Unbinder, id models.AgencyID) error {
	g, err := a.Agency(ctx, id)
	if err != nil {
		return err
	}
	f := &follower{docs: docs, feed: feed{&Node{Office: &office.Office{Agencies: a}}}, sessions: sessions, phones: phones, agency: id}
	err = f.load(ctx)
	for err == nil && f.after < g.Tip().Seq {
		err = f.step(ctx)
	}
	return err
}

// Desk is push with its api, over agencies and a sync service of a test.
func Desk(a *sync.Agencies, s *sync.Service, docs store.Documents, sender push.Sender) (*push.Service, api.Push, auth.Users) {
	n := &Node{Office: &office.Office{Agencies: a}, sync: s, senders: &senders{}}
	n.senders.now.Store(&senderSet{})
	keys, err := push.ParseKeys(base64.StdEncoding.EncodeToString(make([]byte, 32))) // the same after a restart
	if err != nil {
		panic(err)
	}
	n.push = push.New(push.Deps{
		Documents: docs, Feed: feed{n}, Sight: sight{n}, Senders: func(push.Address) push.Sender { return sender },
	}, push.Options{Node: "main", Keys: keys})
	return n.push, pushDesk{n}, office.People{Agencies: a}
}

// OverridesTo is where push puts on record that an emergency woke somebody off duty.
var OverridesTo = overridesTo

// Senders are the clients of the push providers.
type Senders struct{ s *senders }

// NewSenders makes them of settings.
func NewSenders(p config.Push, logger *slog.Logger) (Senders, error) {
	s := &senders{logger: logger, metrics: newMetrics()}
	_, err := s.use(p)
	return Senders{s}, err
}

// Of is the client for an address, apart from its being counted; nil for none.
func (s Senders) Of(a push.Address) push.Sender {
	if c, ok := s.s.of(a).(countingSender); ok {
		return c.sender
	}
	return nil
}

// Admit says whether an address may be registered.
func (s Senders) Admit(a push.Address) error { return s.s.admit(a) }

// Watch reads the settings again and again until ctx ends.
func (s Senders) Watch(ctx context.Context, read func() (config.Config, error), changed func()) {
	s.s.watch(ctx, read, changed)
}

// Now is one look at the settings.
func (s Senders) Now(p config.Push, changed func()) error {
	news, err := s.s.use(p)
	if news {
		changed()
	}
	return err
}

// Fault is why the latest settings are not in use; "" where they are.
func (s Senders) Fault() string {
	if text := s.s.fault.Load(); text != nil {
		return *text
	}
	return ""
}

// Close lets go of all connections.
func (s Senders) Close() { _ = s.s.close(context.Background()) }
