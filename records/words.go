package records

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxWord is how many characters of a word count: the longest word of a German dictionary has 36.
const maxWord = 40

// words are the words of a text in the form in which they are compared: runs of letters and digits, folded in case,
// without accents, each once, sorted.
func words(texts ...string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, split(plain(text))...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// plain folds a text. Most are ASCII, where folding is lower case.
func plain(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return norm.NFKD.String(cases.Fold().String(norm.NFKD.String(text)))
		}
	}
	return strings.ToLower(text)
}

// split cuts a folded text into words. Marks belong to the letter before them and are dropped.
func split(text string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			all = append(all, string(word))
			word = word[:0]
		}
	}
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(word) < maxWord {
				word = append(word, r)
			}
		case !unicode.IsMark(r):
			end()
		}
	}
	end()
	return all
}
