package records

// SmallBlocks ends blocks after a few entries or events, before Run.
func (s *Service) SmallBlocks(entries, events int) { s.bounds = bounds{entries, events, maxTermsBytes} }

// Words is words.
func Words(texts ...string) []string { return words(texts...) }

// Bucket is the bucket of a word.
func Bucket(word string) string { return wordTerm(word).bucket() }
