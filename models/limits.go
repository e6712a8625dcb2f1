package models

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what people write. Each is several times what the field has been seen to need.
const (
	MaxText        = 4000 // characters of a message; five screens of a phone
	MaxName        = 100  // characters of a name, title, call sign or location
	MaxDescription = 4000 // characters of a dispatch's description
	MaxUsername    = 64   // characters
	MaxInvitees    = 100  // people invited by one command
	MaxMembers     = 5000 // people in one conversation by name
	MaxZones       = 500  // zones of one user, work zones of one team
	MaxCategory    = 3    // levels of a call category
	MaxHeldTasks   = 50   // uncleared tasks of one officer
)

// needText refuses what is empty, too long or holds control characters other than line breaks and tabs. What people write
// in running text may change the direction of writing; a screen isolates it.
func needText(field, text string, limit int) error {
	if strings.TrimSpace(text) == "" {
		return Invalid(field, "must not be empty")
	}
	return mayText(field, text, limit)
}

// mayText is needText where nothing is fine too.
func mayText(field, text string, limit int) error {
	if !utf8.ValidString(text) {
		return Invalid(field, "is not valid UTF-8")
	}
	if utf8.RuneCountInString(text) > limit {
		return Invalid(field, "is too long")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }) {
		return Invalid(field, "must not hold control characters other than line breaks and tabs")
	}
	return nil
}

// needName is needText for one line: without control characters and line separators, and without what turns the direction
// of writing around, for a name stands amid other words and must not make them look like others.
func needName(field, text string) error {
	if err := needText(field, text, MaxName); err != nil {
		return err
	}
	return mayName(field, text)
}

// mayName is needName where nothing is fine too.
func mayName(field, text string) error {
	if strings.ContainsFunc(text, breaksLine) {
		return Invalid(field, "must not hold control characters")
	}
	return mayText(field, text, MaxName)
}

// nameSince is needName unless the name stays: what was once accepted is not held to the rules of today.
func nameSince(old, text string) error {
	if old == text {
		return nil
	}
	return needName("name", text)
}

func breaksLine(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || turnsWriting(r)
}

// turnsWriting: embeddings, overrides and isolates (UAX 9). The marks, which Arabic and Hebrew names need, turn nothing.
func turnsWriting(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// needID refuses an absent id.
func needID[K any](field string, id ID[K]) error {
	if id.IsZero() {
		return Invalid(field, "is missing")
	}
	return nil
}

// between refuses a number outside of [low, high].
func between(field string, n, low, high int) error {
	if n < low || n > high {
		return Invalid(field, fmt.Sprintf("is between %d and %d", low, high))
	}
	return nil
}

// first returns the first error, so that checks read as a list.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
