package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"officermobile/models"
)

// The floor: 50 people, each in 10 of 50 conversations, of whom 32 write at once.
const (
	floorPeople = 50
	floorRooms  = 50
	senders     = 32
)

func (w *world) needFloor(ctx context.Context) error {
	if w.floor != nil {
		return nil
	}
	c, err := w.hire(ctx, "floor", floorPeople, 1, floorRooms, 1)
	w.floor = c
	return err
}

// baselineFor is how long a baseline runs: long enough for a steady figure, short beside what it is compared with.
func baselineFor(d time.Duration) time.Duration { return max(d/4, min(d, 3*time.Second)) }

// sendREST is one request a message, each acknowledged when it is durable.
func (w *world) sendREST(ctx context.Context) error {
	if err := w.needFloor(ctx); err != nil {
		return err
	}
	p := w.newPoster(w.floor, senders)
	echo, err := w.measure(ctx, "send: baseline", w.base, load{senders: senders, last: baselineFor(w.opts.SendFor), next: p.echo, check: created})
	if err != nil {
		return err
	}
	ours, err := w.measure(ctx, Send, w.server, load{senders: senders, last: w.opts.SendFor, next: p.post, check: created})
	if err != nil {
		return err
	}
	w.reportSend(Send, ours, echo)
	return nil
}

// measured is a load's result with what it cost the server.
type measured struct {
	*result
	cpu float64 // milliseconds each
}

func (w *world) measure(ctx context.Context, label string, s Server, l load) (measured, error) {
	if err := w.settle(ctx); err != nil {
		return measured{}, err
	}
	l.address = s.Address()
	bar := w.bar(label, 0)
	defer bar.Finish()
	cpu := newMeter(s)
	r, err := l.run(ctx)
	if err != nil {
		return measured{}, err
	}
	bar.Add(int64(r.count))
	return measured{r, cpu.each(r.count, time.Millisecond)}, nil
}

func (w *world) reportSend(name string, ours, echo measured) {
	w.report.add(name, perSecond, ours.perSecond(), echo.perSecond())
	w.report.add(name, ofEcho, ours.perSecond()/echo.perSecond(), none())
	w.report.add(name, p50, ours.ms(50), echo.ms(50))
	w.report.add(name, p99, ours.ms(99), echo.ms(99))
	w.report.add(name, cpuEach, ours.cpu, echo.cpu)
}

// sendSync is the same as a phone does it: each round trip carries one message up, and down what the others wrote.
func (w *world) sendSync(ctx context.Context) error {
	if err := w.needFloor(ctx); err != nil {
		return err
	}
	p := w.newPoster(w.floor, senders)
	if err := w.syncAll(ctx, w.floor.all(), silent{}); err != nil {
		return err
	}
	echo, err := w.measure(ctx, "send by sync: baseline", w.base, load{senders: senders, last: baselineFor(w.opts.SendFor), next: p.echo, check: created})
	if err != nil {
		return err
	}
	ours, err := w.measure(ctx, SendSync, w.server, load{senders: senders, last: w.opts.SendFor, next: p.sync, check: p.synced})
	if err != nil {
		return err
	}
	w.reportSend(SendSync, ours, echo)
	return nil
}

// sync is a message as a command of a sync. Its answer is not asked to be compressed, so that the load needn't unpack.
func (p *poster) sync(i int, buf []byte) []byte {
	s := p.senders[i]
	b := append(s.body[:0], `{"t":"`...)
	b = append(b, s.phone.token...)
	b = append(b, `","schema":1,"lanes":{"1":{"first":`...)
	b = strconv.AppendUint(b, s.phone.num+1, 10)
	b = append(b, `,"commands":[{"id":"`...)
	b = append(b, newID[models.CommandID]().String()...)
	b = append(b, `","type":"message.post","body":{`...)
	b = append(p.message(s, b), `,"conversation_id":"`...)
	b = append(b, s.room().String()...)
	s.body = append(b, `"}}]}}}`...)
	return request(buf, http.MethodPost, s.phone.address, "/v1/sync", s.body, header{"Authorization", "Bearer " + s.phone.access})
}

// synced keeps the token, which is found without decoding the page before it.
func (p *poster) synced(i int, a answer) error {
	phone := p.senders[i].phone
	if a.status != http.StatusOK || !bytes.Contains(a.body[:min(len(a.body), 200)], []byte(`"outcome":"applied"`)) {
		return fmt.Errorf("send by sync: %w", a.failure())
	}
	phone.num++
	const member = `"t":"`
	at := bytes.LastIndex(a.body, []byte(member))
	if at < 0 {
		return nil // no page this time
	}
	token := a.body[at+len(member):]
	phone.token = string(token[:max(bytes.IndexByte(token, '"'), 0)])
	return nil
}
