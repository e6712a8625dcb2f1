package records

import (
	"context"
	"math"
	"strings"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// maxWords is how many words may be asked for at once: each is a row more per block.
const maxWords = 8

// query is a search as the index takes it.
type query struct {
	clauses  []clause
	before   record.Seq // behind what was answered
	from, to models.Micros
	limit    int
}

// queryOf reads what does not need the index. Not ok: nothing can be found, as by a text without a word.
func queryOf(q wire.Search) (asked query, ok bool, err error) {
	asked = query{before: record.MaxSeq + 1, from: q.From, to: q.To, limit: q.Limit}
	if q.To == 0 {
		asked.to = math.MaxInt64
	}
	if q.Cursor != "" {
		before, err := decodeCursor(q.Cursor)
		if err != nil {
			return asked, false, err
		}
		asked.before = min(record.Seq(before), asked.before)
	}
	if (q.Number == 0) != (q.Date == "") {
		return asked, false, models.Invalid("number", "and date come together")
	}
	if q.Number == 0 && !q.Zone.IsZero() {
		return asked, false, models.Invalid("zone", "comes with number and date")
	}
	if strings.TrimSpace(q.Text) != "" {
		asked.clauses, err = wordClauses(q.Text)
		if len(asked.clauses) == 0 {
			return asked, false, err
		}
	}
	if !q.Person.IsZero() {
		asked.clauses = append(asked.clauses, clause{terms: []term{personTerm(q.Person)}})
	}
	if !q.Dispatch.IsZero() {
		asked.clauses = append(asked.clauses, clause{terms: []term{conversationTerm(models.ConversationOf(q.Dispatch))}})
	}
	return asked, true, nil
}

// wordClauses asks for each word of a text, and for words that begin with the last: it may still be being written.
func wordClauses(text string) ([]clause, error) {
	all := split(plain(text))
	if len(all) > maxWords {
		return nil, models.Invalid("q", "has too many words")
	}
	clauses := make([]clause, len(all))
	for i, w := range all {
		t := wordTerm(w)
		clauses[i] = clause{terms: []term{t}, prefix: i == len(all)-1 && t.prefixes()}
	}
	return clauses, nil
}

// numbered asks for the dispatches of a number and business date that the asker may see: one for each operational zone.
func (a *asker) numbered(ctx context.Context, q wire.Search) (clause, error) {
	date, err := time.Parse(time.DateOnly, q.Date)
	if err != nil {
		return clause{}, models.Invalid("date", "is written as 2006-01-02")
	}
	noon := models.Micros(date.Add(12 * time.Hour).UnixMicro())
	asked := query{
		clauses: []clause{{terms: []term{numberTerm(q.Date, q.Number)}}}, before: record.MaxSeq + 1,
		from: noon - numberedWithin, to: noon + numberedWithin,
	}
	var c clause
	for {
		end := a.index.walk(ctx, a.upto, asked, func(run []entry) (bool, error) {
			ids, err := a.dispatchesOf(ctx, run, q)
			for _, id := range ids {
				c.terms = append(c.terms, conversationTerm(models.ConversationOf(id)))
			}
			return true, err
		})
		if end.err != nil || end.cut == 0 {
			return c, end.err
		}
		asked.before = end.cut // half an answer here would hide hits; it ends soon, because its time is bounded
	}
}

// numberedWithin is how far from noon of its business date a dispatch may have got its number, in any time zone.
const numberedWithin = models.Micros(3 * 24 * time.Hour / time.Microsecond)
