package bench

// Aim is what a figure must come to: at most or at least Value, or at least OfBaseline of the baseline's.
type Aim struct {
	AtLeast    bool    `json:"at_least"` // else at most
	Value      float64 `json:"value"`
	OfBaseline bool    `json:"of_baseline,omitzero"` // Value is a share of the baseline, not a figure
}

func (a *Aim) metBy(r Row) bool {
	v := r.Ours
	if a.OfBaseline {
		if r.Ratio == nil {
			return false
		}
		v = *r.Ratio
	}
	if a.AtLeast {
		return v >= a.Value
	}
	return v <= a.Value
}

func (a *Aim) text() string {
	if a == nil {
		return ""
	}
	text := "<= " + figure(&a.Value)
	if a.AtLeast {
		text = ">= " + figure(&a.Value)
	}
	if a.OfBaseline {
		text += " of baseline"
	}
	return text
}

// Peer is the best figure that was measured of five other servers, on a machine of two processors: Tinode 0.25.3,
// PocketBase 0.39.11, ejabberd 23.01, Prosody 0.12.3, Dendrite 0.15.2. It was another run on another day: read it as
// an order of magnitude.
type Peer struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

func (p *Peer) text() string {
	if p == nil {
		return ""
	}
	return figure(&p.Value) + " (" + p.Name + ")"
}

// The figures, so that a scenario and the table below can't disagree about a name.
const (
	perSecond   = "messages/s"
	p50         = "p50 ms"
	p99         = "p99 ms"
	cpuEach     = "server CPU per message, ms"
	ofEcho      = "share of the durable echo"
	wholeTime   = "until all is held, ms"
	lastTime    = "until the last has all, s"
	requestsOf  = "requests"
	kilobytesIn = "kB received"
	megabytes   = "MB received"
	bodyBytes   = "bytes of the answer's body"
	bytesIn     = "bytes in"
	bytesOut    = "bytes out"
	errorsOf    = "errors"
	streamKiB   = "server memory per stream, KiB"
	rssIdle     = "resident when idle, MiB"
	ownIdle     = "of it not the program's file, MiB"
	rssAfter    = "resident after all, MiB"
	ownAfter    = "of that not the program's file, MiB"
	cpuDelta    = "server CPU per delta, us"

	ringsPerSecond = "rings/s"
	cpuRing        = "CPU per ring, us"
	acceptedIn     = "until its last ring was accepted, ms"
	slotMemory     = "memory per 10,000 waiting rings, MiB"
	drainedIn      = "from the first good answer until nothing waited, s"

	growthRatio = "of the delta's cost, largest by smallest"
)

// The scenarios.
const (
	Send          = "send"           // 32 senders, 50 conversations of 10 members, by POST .../messages
	SendSync      = "send by sync"   // the same as commands of POST /v1/sync
	SendLive      = "send live"      // with all 50 members connected and receiving
	CatchUp       = "catch-up"       // 1,000 missed messages in 20 conversations
	Nothing       = "nothing"        // a reconnect with nothing new
	NothingRenew  = "nothing, renew" // the same with an expired access token
	Storm         = "storm"          // 200 phones at once, each with 50 missed messages in 5 conversations
	StormRenew    = "storm, renew"
	BigStorm      = "big storm" // the same of 5,000
	BigStormRenew = "big storm, renew"
	Live          = "live"         // 50 messages a second
	OpenStreams   = "open streams" // what an idle stream costs, and a message to all of them
	Growth        = "growth"       // the cost of a delta by the length of history
	Memory        = "memory"
	Push          = "push"        // 2,000 rings a second at a round trip of 50 ms
	PushUrgent    = "push urgent" // an emergency behind a ring for every device
	PushOutage    = "push outage" // every device's ring waits for its provider
)

func atMost(v float64) *Aim  { return &Aim{Value: v} }
func atLeast(v float64) *Aim { return &Aim{AtLeast: true, Value: v} }

// known is what a figure is held to, and what the best peer showed; nil where there is none.
func known(scenario, name string) (*Aim, *Peer) {
	for _, k := range targets() {
		if k.scenario == scenario && k.figure == name {
			return k.aim, k.peer
		}
	}
	return nil, nil
}

type target struct {
	scenario, figure string
	aim              *Aim
	peer             *Peer
}

func targets() []target {
	return []target{
		{Send, perSecond, atLeast(10_000), &Peer{"Tinode", 1453}},
		{Send, ofEcho, atLeast(0.6), nil},
		{Send, p50, nil, &Peer{"PocketBase", 17}},
		{Send, p99, atMost(15), &Peer{"Tinode", 42}},
		{Send, cpuEach, atMost(0.12), &Peer{"Tinode", 0.90}},
		{SendLive, perSecond, atLeast(4000), &Peer{"ejabberd", 1510}},
		{SendLive, p50, nil, &Peer{"ejabberd", 18}},
		{SendLive, p99, atMost(25), &Peer{"Tinode", 47}},
		{CatchUp, wholeTime, atMost(12), &Peer{"Tinode", 23}},
		{CatchUp, requestsOf, atMost(1), &Peer{"Dendrite", 1}},
		{CatchUp, kilobytesIn, atMost(70), &Peer{"ejabberd, zlib", 121}},
		{Nothing, p50, nil, &Peer{"Tinode", 1.9}},
		{Nothing, p99, atMost(2), &Peer{"Tinode", 5.4}},
		{Nothing, requestsOf, atMost(1), nil},
		{Nothing, bodyBytes, atMost(200), nil},
		{Nothing, bytesIn, atMost(400), &Peer{"Dendrite", 379}},
		{Nothing, bytesOut, atMost(1200), &Peer{"Dendrite", 622}},
		{NothingRenew, bodyBytes, atMost(900), nil},
		{Storm, lastTime, atMost(0.1), &Peer{"Tinode", 0.54}},
		{Storm, megabytes, nil, &Peer{"ejabberd, zlib", 2.0}},
		{Storm, errorsOf, atMost(0), nil},
		{StormRenew, errorsOf, atMost(0), nil},
		{BigStorm, lastTime, atMost(12), nil},
		{BigStorm, errorsOf, atMost(0), nil},
		{BigStormRenew, errorsOf, atMost(0), nil},
		{Live, p50, atMost(1), &Peer{"ejabberd", 2.1}},
		{Live, p99, atMost(3), &Peer{"Tinode", 4.6}},
		{OpenStreams, streamKiB, atMost(32), nil},
		{Growth, growthRatio, atMost(1.2), nil},
		{Push, ringsPerSecond, atLeast(1990), nil},
		{Push, p99, atMost(1000), nil},
		{Push, errorsOf, atMost(0), nil},
		{PushUrgent, acceptedIn, atMost(2000), nil},
		{PushOutage, drainedIn, atMost(60), nil},
		{Memory, rssIdle, atMost(30), &Peer{"Prosody", 10}},
		{Memory, rssAfter, atMost(60), &Peer{"Prosody", 18}},
	}
}
