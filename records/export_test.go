package records

import "officermobile/models/wire"

// SmallBlocks ends blocks after a few entries or events, before Run.
func (s *Service) SmallBlocks(entries, events int) { s.bounds = bounds{entries, events, maxTermsBytes} }

// Words is words.
func Words(texts ...string) []string { return words(texts...) }

// Bucket is the bucket of a word.
func Bucket(word string) string { return wordTerm(word).bucket() }

// Cursor reads what EncodeCursor wrote.
func Cursor(text string) (uint64, error) { return decodeCursor(text) }

// EncodeCursor is encodeCursor.
func EncodeCursor(at uint64) string { return encodeCursor(at) }

// Clauses is what a search asks the index for: how many clauses, and the position before which.
func Clauses(q wire.Search) (n int, before uint64, err error) {
	asked, _, err := queryOf(q)
	return len(asked.clauses), uint64(asked.before), err
}
