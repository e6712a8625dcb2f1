package records

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"unicode/utf8"

	"officermobile/models"
)

// term is one thing that an entry can be found by. Its first byte says what sort, so that no word can pass for an id.
type term string

func wordTerm(w string) term                         { return term("w" + w) }
func personTerm(id models.UserID) term               { return term("a" + string(id[:])) }
func conversationTerm(id models.ConversationID) term { return term("c" + string(id[:])) }
func numberTerm(date string, number uint32) term {
	return term("n" + date + "/" + strconv.FormatUint(uint64(number), 10))
}

// bucket is the name of the rows that hold a term: one row for each bucket and block, with all of the bucket's terms.
// Words share one with those that begin with the same two characters, which is what lets a prefix be looked up in one;
// ids are spread over sixteen. It is made of a-z and 0-9 whatever the term is.
func (t term) bucket() string {
	switch t[0] {
	case 'w':
		return "w" + hex.EncodeToString([]byte(firstTwo(string(t[1:]))))
	case 'a', 'c':
		return fmt.Sprintf("%c%x", t[0], t[len(t)-1]&0xf)
	}
	return string(t[:1])
}

func firstTwo(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	_, m := utf8.DecodeRuneInString(s[n:])
	return s[:n+m]
}

// prefixes reports whether a word is long enough that words which begin with it are found in one bucket.
func (t term) prefixes() bool { return t[0] == 'w' && utf8.RuneCountInString(string(t[1:])) >= 2 }

// Rows of the index are named <agency>/<version>/<bucket>/<block, descending>, so that the newest comes first.

func indexPrefix(agency models.AgencyID) string {
	return agency.Hex() + "/" + strconv.Itoa(indexVersion) + "/"
}

// indexVersion is that of the rows and of what makes them. Another one makes the index anew, beside the old.
const indexVersion = 3

// descending writes a block's number so that greater ones sort first.
func descending(block uint32) string { return fmt.Sprintf("%08x", ^block) }

// ascending reads what descending wrote at the end of a row's id.
func ascending(id string) (uint32, bool) {
	n, err := strconv.ParseUint(id[max(0, len(id)-8):], 16, 32)
	return ^uint32(n), err == nil
}
