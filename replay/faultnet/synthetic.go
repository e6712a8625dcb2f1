package faultnet

import "time"

// Synthetic is the traces that serve when no folder is given: invented networks, ten minutes each, from good to bad.
func Synthetic() []Trace {
	return []Trace{
		synthetic("city", Sample{20_000, 5_000, 45 * time.Millisecond}, 0, 0),
		synthetic("driving", Sample{6_000, 1_500, 90 * time.Millisecond}, 97, 3),
		synthetic("edge", Sample{300, 120, 350 * time.Millisecond}, 61, 4),
		synthetic("tunnel", Sample{3_000, 1_000, 120 * time.Millisecond}, 240, 25),
	}
}

// synthetic makes a network that breathes: rates fall to a quarter and the round trip doubles in a slow wave, and in
// every period of seconds the last so many are an outage.
func synthetic(name string, best Sample, period, outage int) Trace {
	const seconds, wave = 600, 60
	t := Trace{Name: "synthetic-" + name, Samples: make([]Sample, seconds)}
	for i := range t.Samples {
		strain := i % wave // 0..30..0
		if strain > wave/2 {
			strain = wave - strain
		}
		s := best
		s.DownKbps -= best.DownKbps * strain * 3 / (wave * 2)
		s.UpKbps -= best.UpKbps * strain * 3 / (wave * 2)
		s.RTT += best.RTT * time.Duration(strain) * 2 / wave
		if period > 0 && i%period >= period-outage {
			s.DownKbps, s.UpKbps = 0, 0
		}
		t.Samples[i] = s
	}
	return t
}
