package api

// Audited reports whether a route's answers wait for the audit log; route is as in Served.
func (a *API) Audited(route string) bool { return a.table[route].is(audited | ownAudit) }

// Served lists what the router answers, as "METHOD /path".
func (a *API) Served() []string {
	var all []string
	for _, r := range a.engine.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// Codes are the refusals of the table.
func Codes() []string {
	var all []string
	for _, r := range refusals() {
		all = append(all, string(r.code))
	}
	return all
}

// StatusesOf are those that the table has for a code.
func StatusesOf(code string) []int {
	var all []int
	for _, r := range refusals() {
		if string(r.code) == code {
			all = append(all, r.status)
		}
	}
	return all
}

// ProblemsText is docs/PROBLEMS.md.
func ProblemsText() string { return problemsText() }
