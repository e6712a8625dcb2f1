package pushbench

// Bytes are what a ring costs the network, with its share of headers, TLS, pings and connections.
type Bytes struct{ Out, In float64 }

// traffic is what went to Apple and to Google until some time.
type traffic [2]struct{ rings, out, in uint64 }

// since is what it comes to for each ring.
func (t traffic) since(before traffic) (apple, google Bytes) {
	each := func(i int) Bytes {
		n := float64(max(t[i].rings-before[i].rings, 1))
		return Bytes{float64(t[i].out-before[i].out) / n, float64(t[i].in-before[i].in) / n}
	}
	return each(0), each(1)
}

func (r *rig) sent() (t traffic) {
	for i, s := range r.senders {
		stats := s.Stats()
		t[i].rings, t[i].out, t[i].in = stats.Payload.Count, stats.Sent, stats.Received
	}
	return t
}

func (b *bare) sent() (t traffic) {
	for i := range t {
		t[i].rings = b.rings[i].Load()
		t[i].out, t[i].in = b.traffic[i].Bytes()
	}
	return t
}
