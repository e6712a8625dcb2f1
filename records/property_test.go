package records_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/records"
	"officermobile/store/storetest"
)

// story is a world in which things happen at random.
type story struct {
	*world
	*rand.Rand
	people        []models.UserID
	conversations []models.ConversationID
	dispatches    []models.DispatchID
	broadcasts    []models.ConversationID
}

var vocabulary = strings.Fields("gate Gates gâteau north nord alarm 911 unit7 a x")

func (s *story) words() string {
	var all []string
	for range 1 + s.IntN(4) {
		all = append(all, vocabulary[s.IntN(len(vocabulary))])
	}
	return strings.Join(all, " ")
}

func pick[T any](s *story, of []T) (one T) {
	if len(of) > 0 {
		one = of[s.IntN(len(of))]
	}
	return one
}

// step lets somebody do something; much of it is refused, which is as good.
func (s *story) step() {
	who, c, d := pick(s, s.people), pick(s, s.conversations), pick(s, s.dispatches)
	text := s.words()
	switch s.IntN(18) {
	case 15:
		s.alarm(who, c, text)
	case 16:
		active, zones := s.IntN(4) > 0, s.zones[:s.IntN(3)]
		_ = s.do(s.ada, &models.UserChange{UserID: pick(s, s.people[1:]), Active: &active, Zones: &zones})
	case 0:
		s.dispatches = append(s.dispatches, s.dispatch(s.IntN(2), models.Facts{Location: text}))
		s.conversations = append(s.conversations, models.ConversationOf(s.dispatches[len(s.dispatches)-1]))
	case 1:
		id := newID[models.ConversationID](s.world)
		s.conversations = append(s.conversations, id)
		_ = s.do(who, &models.ConversationCreate{ID: id, Invitees: []models.UserID{pick(s, s.people)}})
	case 2:
		_ = s.do(s.ada, &models.DispatchChange{DispatchID: d, Description: &text, IndoorLocation: &vocabulary[s.IntN(len(vocabulary))], WorkZone: &s.works[s.IntN(2)]})
	case 3:
		_ = s.do(who, &models.Comment{DispatchID: d, MessageID: newID[models.MessageID](s.world), Text: text})
	case 4:
		_ = s.do(who, &models.Leave{ConversationID: c})
	case 5:
		_ = s.do(s.ada, &models.Remove{ConversationID: c, UserID: who})
	case 6:
		i := s.IntN(2)
		_ = s.do(s.ada, &models.ReportForDuty{UserID: who, Zone: s.zones[i], Team: s.teams[i], CallSign: fmt.Sprint(s.IntN(9))})
	case 7:
		_ = s.do(who, &models.GoOffDuty{})
	case 8:
		_ = s.do(s.ada, &models.DispatchClose{DispatchID: d})
	case 9:
		s.now += models.Micros(time.Hour / time.Microsecond)
		_ = s.do(models.UserID{}, &models.Retire{ConversationID: models.ConversationOf(d)})
	case 10:
		_ = s.do(who, &models.DispatchLog{DispatchID: d, ID: newID[models.LogID](s.world), Text: text})
	case 11:
		_ = s.do(s.ada, &models.TaskCreate{ID: newID[models.TaskID](s.world), DispatchID: d, Assignee: who})
	case 12:
		if x := s.state.Dispatch(d); x != nil && len(x.Tasks) > 0 {
			_ = s.do(who, &models.TaskClear{TaskID: pick(s, x.Tasks), Response: text})
		}
	default:
		_ = s.do(who, &models.MessagePost{ConversationID: c, ID: newID[models.MessageID](s.world), Text: text})
	}
}

// alarm is a duress, or a broadcast or its end.
func (s *story) alarm(who models.UserID, c models.ConversationID, text string) {
	switch s.IntN(3) {
	case 0:
		id := newID[models.DispatchID](s.world)
		if s.do(who, &models.DuressRaise{ID: id, MessageID: newID[models.MessageID](s.world)}) == nil {
			s.dispatches, s.conversations = append(s.dispatches, id), append(s.conversations, models.ConversationOf(id))
		}
	case 1:
		b := &models.BroadcastCreate{ID: newID[models.ConversationID](s.world), Zone: s.zones[s.IntN(2)], MessageID: newID[models.MessageID](s.world), Text: text, Urgent: true}
		if s.do(s.ada, b) == nil {
			s.broadcasts, s.conversations = append(s.broadcasts, b.ID), append(s.conversations, b.ID)
		}
	default:
		b := pick(s, s.broadcasts)
		_ = s.do(s.ada, &models.BroadcastEnd{ConversationID: b})
		s.now += models.Micros(time.Hour / time.Microsecond)
		_ = s.do(models.UserID{}, &models.Retire{ConversationID: b})
	}
}

// scan is what a search must find, by going over the whole log.
func (s *story) scan(who models.UserID, q wire.Search) []string {
	last := map[models.DispatchID]models.Event{}
	creator := map[models.DispatchID]models.UserID{}
	named := map[models.DispatchID]bool{} // by the number that is asked for, now or before
	for _, e := range s.events {
		switch b := e.Body.(type) {
		case *models.DispatchCreated:
			last[b.ID], creator[b.ID] = e, e.Actor
			named[b.ID] = b.Number == q.Number && b.BusinessDate == q.Date
		case *models.DispatchChanged:
			last[b.ID] = e
			named[b.ID] = named[b.ID] || b.Number > 0 && b.Number == q.Number && b.BusinessDate == q.Date
		}
	}
	all := []string{}
	for _, e := range slices.Backward(s.events) {
		var text string
		var id models.DispatchID
		author, place := e.Actor, models.ConversationID{}
		switch b := e.Body.(type) {
		case *models.MessagePosted:
			if !s.reads(who, b) {
				continue
			}
			text, place = b.Text, b.Conversation
		case *models.DispatchLogged:
			if !s.sees(who, b.Dispatch) {
				continue
			}
			text, place = b.Text, models.ConversationOf(b.Dispatch)
		case *models.TaskMoved:
			if b.Response == "" || !s.sees(who, b.Dispatch) {
				continue
			}
			text, place = b.Response, models.ConversationOf(b.Dispatch)
		case *models.DispatchCreated:
			id, text = b.ID, factWords(b.Facts)
		case *models.DispatchChanged:
			id, text = b.ID, factWords(b.Facts)
		default:
			continue
		}
		shown := text
		if !id.IsZero() {
			if last[id].Seq != e.Seq || !s.sees(who, id) {
				continue
			}
			author, place, shown = creator[id], models.ConversationOf(id), "@"+strings.Fields(text + " .")[0]
			if loc := s.location(e); loc != "" {
				shown = "@" + loc
			}
		}
		switch {
		case q.Number != 0 && !s.sameNumber(who, named, place),
			!q.Person.IsZero() && author != q.Person, !q.Dispatch.IsZero() && place != models.ConversationOf(q.Dispatch),
			e.At < q.From, q.To != 0 && e.At >= q.To, !has(text, q.Text):
			continue
		}
		all = append(all, shown)
	}
	return all
}

// factWords are what a dispatch can be found by.
func factWords(f models.Facts) string {
	return strings.Join([]string{f.Location, f.IndoorLocation, f.Description, f.CallSource}, " ")
}

// sameNumber reports whether a conversation is of a dispatch of the number that is asked for, which they may see.
func (s *story) sameNumber(who models.UserID, named map[models.DispatchID]bool, place models.ConversationID) bool {
	for id, is := range named {
		if is && models.ConversationOf(id) == place {
			return s.sees(who, id)
		}
	}
	return false
}

func (*story) location(e models.Event) string {
	switch b := e.Body.(type) {
	case *models.DispatchCreated:
		return b.Facts.Location
	case *models.DispatchChanged:
		return b.Facts.Location
	}
	return ""
}

func (s *story) reads(who models.UserID, b *models.MessagePosted) bool {
	if s.state.Conversation(b.Conversation) == nil {
		x, _ := s.Sealed(context.Background(), s.agency, b.Conversation.UUID())
		return s.state.ReadsSealed(who, x)
	}
	in, _ := s.state.IsIn(who, b.Conversation)
	return in && b.N >= s.state.FromN(who, b.Conversation)
}

func (s *story) sees(who models.UserID, id models.DispatchID) bool {
	if s.state.Dispatch(id) == nil {
		x, _ := s.Sealed(context.Background(), s.agency, id.UUID())
		return s.state.SeesSealed(who, x)
	}
	return s.state.SeesDispatch(who, id)
}

// has is the rule for words, said another way: the vocabulary's folded forms are known.
func has(text, asked string) bool {
	fold := strings.NewReplacer("â", "a", "G", "g")
	words := strings.Fields(fold.Replace(text))
	for i, w := range strings.Fields(fold.Replace(asked)) {
		lastWord := i == len(strings.Fields(asked))-1
		if !slices.ContainsFunc(words, func(x string) bool {
			return x == w || lastWord && len(w) > 1 && strings.HasPrefix(x, w)
		}) {
			return false
		}
	}
	return true
}

// pages is a whole search, page by page.
func (s *story) pages(service *records.Service, who models.UserID, q wire.Search) (all []string, ok bool) {
	all = []string{}
	for range 10_000 {
		page, err := service.Search(s.t.Context(), s.as(who), q)
		if err != nil || page.Behind {
			return nil, false // the store failed, or the reader has yet to recover
		}
		for _, h := range page.Hits {
			switch {
			case h.Message != nil:
				all = append(all, h.Message.Text)
			case h.Note != nil:
				all = append(all, h.Note.Text)
			default:
				all = append(all, "@"+h.Data.Location)
			}
		}
		if page.Next == "" {
			return all, true
		}
		q.Cursor = page.Next
	}
	s.t.Fatal("a search has no end")
	return nil, false
}

func (s *story) ask() wire.Search {
	q := wire.Search{Limit: 1 + s.IntN(7)}
	if s.IntN(4) > 0 {
		q.Text = s.words()
	}
	if s.IntN(4) == 0 {
		q.Person = pick(s, s.people)
	}
	if s.IntN(4) == 0 {
		q.Dispatch = pick(s, s.dispatches)
	}
	if s.IntN(4) == 0 {
		q.From = s.events[s.IntN(len(s.events))].At
		q.To = q.From + models.Micros(s.IntN(1e9))
	}
	if s.IntN(4) == 0 {
		switch b := s.events[s.IntN(len(s.events))].Body.(type) {
		case *models.DispatchCreated:
			q.Number, q.Date = b.Number, b.BusinessDate
		case *models.DispatchChanged:
			if b.Number > 0 {
				q.Number, q.Date = b.Number, b.BusinessDate
			}
		}
	}
	return q
}

// A search equals a scan of the whole log, whatever happened, also if the reader was killed between any two writes and
// the store failed, and with two nodes that write the same index.
func TestSearchEqualsAScan(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := &story{world: newWorld(t), Rand: rand.New(rand.NewPCG(seed, 7))}
			s.people = []models.UserID{s.ada, s.dan, s.rita, s.olga, s.omar}
			s.play(seed)
		})
	}
}

// suffer gives the readers time to fail in: a few tries of a search while the store is at its worst.
func (s *story) suffer(faulty *storetest.FaultyStore, service *records.Service) {
	for range 8 {
		if _, ok := s.pages(service, s.ada, wire.Search{Limit: 1, Text: "gate"}); ok {
			return
		}
		faulty.Restart()
	}
}

func (s *story) play(seed uint64) {
	faulty := storetest.Faulty(docs(s.t), storetest.Plan{Seed: seed})
	fast := records.Options{Clock: clock.Scaled(time.Now(), 200)}
	first, kill := s.open(faulty, fast, 5, 40)
	second, _ := s.open(faulty, fast, 5, 40)
	compared := 0
	for round := range 40 {
		faulty.SetPlan(storetest.Plan{Crash: 0.02, LostAck: 0.05, LostWrite: 0.1, ReadError: 0.02})
		for i := range 15 {
			if s.step(); i == 7 && round%4 == 1 {
				faulty.Crash()
			}
		}
		s.suffer(faulty, first)
		if round%3 == 0 {
			kill()
			first, kill = s.open(faulty, fast, 5, 40)
		}
		faulty.SetPlan(storetest.Plan{})
		faulty.Restart()
		for range 6 {
			who, q := pick(s, s.people), s.ask()
			want := s.scan(who, q)
			for _, service := range []*records.Service{first, second} {
				got, ok := s.pages(service, who, q)
				for tries := 0; !ok && tries < 5000; tries++ {
					faulty.Restart() // from a crash that was under way
					got, ok = s.pages(service, who, q)
				}
				if !ok || !slices.Equal(got, want) {
					s.t.Fatalf("%+v: got %q, want %q", q, got, want)
				}
				compared += len(want)
			}
		}
	}
	if compared < 100 {
		s.t.Errorf("got %d hits: the story is too quiet to show anything", compared)
	}
}
