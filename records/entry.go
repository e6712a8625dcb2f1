package records

import (
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// sort is what an entry is about.
type sort byte

const (
	aMessage sort = 1 // place is the conversation, n the row
	facts    sort = 2 // what is known of a dispatch; place is the dispatch
	aNote    sort = 3 // on the record of a dispatch, which is the place; told from its others by its time
	response sort = 4 // of an officer who cleared a task; as a note
)

// entry is one event that search can find.
type entry struct {
	seq   record.Seq
	at    models.Micros
	sort  sort
	place record.UUID
	n     uint32
}

func (e *entry) conversation() models.ConversationID {
	if e.sort == aMessage {
		return models.ConversationID(e.place)
	}
	return models.ConversationOf(models.DispatchID(e.place))
}

// origin is what stays of a dispatch from its first event on, and which event last said what is known of it.
type origin struct {
	Creator models.UserID `json:"creator"`
	Labels  []label       `json:"labels"` // the present one last
	Facts   record.Seq    `json:"facts"`
}

// label is a number that a dispatch has or had before it was moved to another operational zone.
type label struct {
	Zone   models.ZoneID `json:"zone"`
	Date   string        `json:"date"`
	Number uint32        `json:"number"`
}

// called reports whether a dispatch has or had the number that is asked for.
func (o *origin) called(q wire.Search) bool {
	return slices.ContainsFunc(o.Labels, func(l label) bool {
		return l.Number == q.Number && l.Date == q.Date && (q.Zone.IsZero() || l.Zone == q.Zone)
	})
}

// factsTerms are those of what is known of a dispatch now. A dispatch stands where that was last said, with all that it
// can be found by, so that it is found once.
func factsTerms(id models.DispatchID, o origin, f *models.Facts) []term {
	texts := append([]string{f.Location, f.IndoorLocation, f.Description, f.CallSource}, f.Category...)
	terms := append(wordTerms(texts...), personTerm(o.Creator), conversationTerm(models.ConversationOf(id)))
	for _, l := range o.Labels {
		terms = append(terms, numberTerm(l.Date, l.Number))
	}
	return terms
}

func messageTerms(author models.UserID, c models.ConversationID, text string) []term {
	return append(wordTerms(text), personTerm(author), conversationTerm(c))
}

func wordTerms(texts ...string) []term {
	found := words(texts...)
	terms := make([]term, len(found), len(found)+3)
	for i, w := range found {
		terms[i] = wordTerm(w)
	}
	return terms
}

// found is an event as the index takes it.
type found struct {
	entry
	terms    []term
	dispatch models.DispatchID // with origin
	origin   origin
}

// clause is one thing that is asked for: any of its terms.
type clause struct {
	terms  []term
	prefix bool // each stands for all that begin with it
}

// in reports whether what is asked for is among terms.
func (c clause) in(terms []term) bool {
	return slices.ContainsFunc(terms, c.wants)
}

// wants reports whether a term is one of those.
func (c clause) wants(t term) bool {
	for _, want := range c.terms {
		if t == want || c.prefix && len(t) > len(want) && t[:len(want)] == want {
			return true
		}
	}
	return false
}
