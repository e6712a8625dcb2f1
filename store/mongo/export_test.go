package mongo

// For the tests of pure parts.
var (
	Prefixes   = prefixes
	Refusal    = refusal
	DatabaseOf = databaseOf
)
