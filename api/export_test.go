package api

// Served lists what the router answers, as "METHOD /path".
func (a *API) Served() []string {
	var all []string
	for _, r := range a.engine.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}
