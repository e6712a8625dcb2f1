package texts

import (
	"errors"
	"math/rand/v2"
	"slices"
)

// Picker deals texts from a corpus in an order that its seed decides. Of four texts in a row one is hostile until all
// of those were dealt, and one goes round the languages, so that rare ones come up as often as common ones; the other
// two come from the corpus as it is mixed. So after Enough texts nothing that matters is left out.
type Picker struct {
	dealt     int
	all       deck
	hostile   deck
	languages []deck
	turn      int // of languages
}

// A round of the picker: positions in it.
const (
	round         = 4
	languageTurn  = 1
	hostileTurn   = 3
	pickerStreams = 0x7465787473 // keeps these draws apart from others with the same seed
)

// NewPicker makes a picker. A corpus without texts is an error.
func NewPicker(corpus []Text, seed uint64) (*Picker, error) {
	if len(corpus) == 0 {
		return nil, errors.New("the corpus has no text")
	}
	rng := rand.New(rand.NewPCG(seed, pickerStreams))
	p := &Picker{all: newDeck(rng, corpus)}
	var hostile []Text
	byLang := map[string][]Text{}
	var langs []string // in the order of the corpus, so that a seed repeats
	for _, t := range corpus {
		if t.Hostile {
			hostile = append(hostile, t)
		}
		if _, ok := byLang[t.Lang]; !ok {
			langs = append(langs, t.Lang)
		}
		byLang[t.Lang] = append(byLang[t.Lang], t)
	}
	p.hostile = newDeck(rng, hostile)
	for _, lang := range langs {
		p.languages = append(p.languages, newDeck(rng, byLang[lang]))
	}
	return p, nil
}

// Enough is after how many texts every language and every hostile string was dealt.
func (p *Picker) Enough() int { return round * max(len(p.languages), len(p.hostile.texts)) }

// Next deals a text. It never ends.
func (p *Picker) Next() Text {
	turn := p.dealt % round
	p.dealt++
	if turn == hostileTurn && p.hostile.next < len(p.hostile.texts) {
		return p.hostile.deal()
	}
	if turn == languageTurn {
		lang := &p.languages[p.turn%len(p.languages)]
		p.turn++
		return lang.deal()
	}
	return p.all.deal()
}

// deck is a shuffled stack that starts again when it is used up.
type deck struct {
	texts []Text
	next  int // dealt so far, laps included
}

func newDeck(rng *rand.Rand, texts []Text) deck {
	d := deck{texts: slices.Clone(texts)}
	rng.Shuffle(len(d.texts), func(i, j int) { d.texts[i], d.texts[j] = d.texts[j], d.texts[i] })
	return d
}

func (d *deck) deal() Text {
	t := d.texts[d.next%len(d.texts)]
	d.next++
	return t
}
