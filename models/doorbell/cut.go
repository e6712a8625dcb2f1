package doorbell

import "unicode"

// Cut is at most limit bytes of the beginning of a text, ending between two characters as people see them: an accent
// stays with its letter, and a family or a flag whole. These are the rules of UAX #29 for extenders, joiners, regional
// indicators, Hangul and line ends; what else it joins (some Indic conjuncts) may be parted, but never a code point.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := 0
	var before rune
	flags := 0 // regional indicators in a row before here
	for i, r := range text {
		if i > limit {
			break
		}
		if i > 0 && !joined(before, r, flags) {
			end = i
		}
		flags = indicators(flags, r)
		before = r
	}
	return text[:end]
}

// joined reports that no character ends between two code points.
func joined(before, after rune, flags int) bool {
	switch {
	case before == '\r' && after == '\n':
		return true
	case extends(after), before == zeroWidthJoiner && !unicode.IsSpace(after):
		return true
	case isIndicator(before) && isIndicator(after):
		return flags%2 == 1
	}
	return leading(before) && hangul(after) || vowel(after) && hangul(before) || trailing(after) && hangul(before)
}

const zeroWidthJoiner = '\u200d'

// extends: marks, joiners, skin tones, and the tags of flags of regions.
func extends(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || r == zeroWidthJoiner || r == '\u200c' ||
		r >= 0x1f3fb && r <= 0x1f3ff || r >= 0xe0020 && r <= 0xe007f
}

func isIndicator(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

func indicators(so int, r rune) int {
	if isIndicator(r) {
		return so + 1
	}
	return 0
}

func leading(r rune) bool  { return r >= 0x1100 && r <= 0x115f }
func vowel(r rune) bool    { return r >= 0x1160 && r <= 0x11a7 }
func trailing(r rune) bool { return r >= 0x11a8 && r <= 0x11ff }
func hangul(r rune) bool   { return r >= 0x1100 && r <= 0x11ff || r >= 0xac00 && r <= 0xd7a3 }
