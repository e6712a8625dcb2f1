package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"officermobile/models"
)

// load sends requests from several connections at once, each as soon as its last one was answered.
type load struct {
	address string
	senders int
	last    time.Duration // how long
	next    func(sender int, buf []byte) []byte
	check   func(sender int, a answer) error
}

// result is what a load came to.
type result struct {
	samples
	took  time.Duration
	count int
}

func (r *result) perSecond() float64 { return float64(r.count) / r.took.Seconds() }

// run sends until the time is up, or one request fails. Connections are made before the clock starts.
func (l load) run(ctx context.Context) (*result, error) {
	conns := make([]*conn, l.senders)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.close()
			}
		}
	}()
	for i := range conns {
		c, err := dial(ctx, l.address)
		if err != nil {
			return nil, err
		}
		conns[i] = c
	}
	r := &result{}
	began := time.Now()
	err := parallel(ctx, l.senders, l.senders, func(ctx context.Context, i int) error {
		delays, err := l.sender(ctx, i, conns[i], began.Add(l.last))
		r.add(delays...)
		return err
	})
	r.took, r.count = time.Since(began), r.Len()
	return r, err
}

func (l load) sender(ctx context.Context, i int, c *conn, until time.Time) ([]time.Duration, error) {
	var delays []time.Duration
	var buf []byte
	for now := time.Now(); now.Before(until) && ctx.Err() == nil; {
		buf = l.next(i, buf[:0])
		a, err := c.do(buf)
		if err == nil {
			err = l.check(i, a)
		}
		if err != nil {
			return delays, err
		}
		answered := time.Now()
		delays = append(delays, answered.Sub(now))
		now = answered
	}
	return delays, ctx.Err()
}

// created is the check of a post.
func created(_ int, a answer) error {
	if a.status != http.StatusCreated {
		return fmt.Errorf("post: %w", a.failure())
	}
	return nil
}

// poster makes the requests that post one message, for each sender in turn to the conversations that they are in.
type poster struct {
	clock   stopwatch
	senders []*sender
}

// sender is one of a poster's.
type sender struct {
	phone *phone
	rooms []models.ConversationID
	turn  int
	texts []string // of sentSize bytes
	body  []byte
}

// textsEach are drawn before the measurement and used in turn.
const textsEach = 64

func (w *world) newPoster(c *crew, senders int) *poster {
	in := c.roomsOf()
	p := &poster{clock: w.clock}
	for i := range senders {
		s := &sender{phone: c.phones[i][0], turn: rand.IntN(len(in[i]))}
		for _, r := range in[i] {
			s.rooms = append(s.rooms, c.rooms[r].id)
		}
		for range textsEach {
			s.texts = append(s.texts, w.texts.exact(sentSize-markLen))
		}
		p.senders = append(p.senders, s)
	}
	return p
}

// message appends the members of a message's JSON: its id, and a text that begins with the mark of this moment.
func (p *poster) message(s *sender, b []byte) []byte {
	s.turn++
	b = append(b, `"id":"`...)
	b = append(b, newID[models.MessageID]().String()...)
	b = append(b, `","text":"`...)
	b = p.clock.mark(b)
	b = append(b, s.texts[s.turn%len(s.texts)]...)
	return append(b, '"')
}

func (s *sender) room() models.ConversationID { return s.rooms[s.turn%len(s.rooms)] }

// post is the plain write of a message.
func (p *poster) post(i int, buf []byte) []byte {
	s := p.senders[i]
	s.body = append(p.message(s, append(s.body[:0], '{')), '}')
	return request(buf, http.MethodPost, s.phone.address, "/v1/conversations/"+s.room().String()+"/messages", s.body,
		header{"Authorization", "Bearer " + s.phone.access})
}

// echo is what the baseline gets in its place: as many bytes, and as many who listen.
func (p *poster) echo(i int, buf []byte) []byte {
	s := p.senders[i]
	s.body = append(p.message(s, append(s.body[:0], '{')), '}')
	return request(buf, http.MethodPost, s.phone.address, "/echo?c="+strconv.Itoa((i+s.turn)%floorRooms), s.body,
		header{"Authorization", "Bearer " + s.phone.access})
}
