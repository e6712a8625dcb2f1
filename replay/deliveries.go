package replay

import (
	"time"

	"officermobile/models"
)

// deliveries are how long messages took to their receivers' devices, by what those were like.
type deliveries struct {
	r     *rehearsal
	by    map[models.UserID][]*device
	times map[string][]time.Duration // in the plan's time
}

func newDeliveries(r *rehearsal) *deliveries {
	d := &deliveries{r: r, by: map[models.UserID][]*device{}, times: map[string][]time.Duration{}}
	for _, dev := range r.devices {
		d.by[dev.user()] = append(d.by[dev.user()], dev)
	}
	return d
}

// event takes an event in; s is the state just after it.
func (d *deliveries) event(s *models.State, e models.Event) {
	b, ok := e.Body.(*models.MessagePosted)
	if !ok {
		return
	}
	posted := d.r.host.wallOf(timeOf(e.At))
	for _, r := range s.Recipients(b.Conversation) {
		if r.User == e.Actor {
			continue
		}
		for _, dev := range d.by[r.User] {
			if _, taken := dev.tap.HasRow(b.Conversation, b.N); !taken.IsZero() {
				state := dev.receiver(posted)
				took := max(0, taken.Sub(posted))
				d.times[state] = append(d.times[state], time.Duration(float64(took)*d.r.host.pace.speed))
			}
		}
	}
}

// table sums the times up, in the order in which states get worse.
func (d *deliveries) table() []Delivery {
	var all []Delivery
	for _, state := range []string{receiverForeground, receiverBackground, receiverOut, receiverKilled} {
		times := d.times[state]
		if len(times) > 0 {
			all = append(all, Delivery{
				Receiver: state, Messages: len(times),
				P50MS: percentile(times, 50).Milliseconds(), P99MS: percentile(times, 99).Milliseconds(),
			})
		}
	}
	return all
}
