package models

import "slices"

// Facts are what people say of a dispatch.
type Facts struct {
	Category    []string `json:"category,omitzero"` // up to three levels
	Priority    Priority `json:"priority"`
	Location    string   `json:"location,omitzero"`
	Lat         *float64 `json:"lat,omitzero"` // WGS 84 degrees
	Lon         *float64 `json:"lon,omitzero"`
	Description string   `json:"description,omitzero"`
	CallSource  string   `json:"call_source,omitzero"`
	ReportedAt  int64    `json:"reported_at,omitzero"` // milliseconds since 1970
}

func (f *Facts) check() error {
	if len(f.Category) > MaxCategory {
		return Invalid("category", "has at most three levels")
	}
	for _, level := range f.Category {
		if err := needName("category", level); err != nil {
			return err
		}
	}
	if !slices.Contains([]Priority{High, Medium, Low}, f.Priority) {
		return Invalid("priority", "is high, medium or low")
	}
	if (f.Lat == nil) != (f.Lon == nil) {
		return Invalid("lat", "and lon come together")
	}
	if f.Lat != nil && (*f.Lat < -90 || *f.Lat > 90 || *f.Lon < -180 || *f.Lon > 180) {
		return Invalid("lat", "or lon is out of range")
	}
	return first(mayName("location", f.Location), mayText("description", f.Description, MaxDescription), mayName("call_source", f.CallSource))
}

// equal: nothing that people say differs.
func (f *Facts) equal(g *Facts) bool {
	return slices.Equal(f.Category, g.Category) && f.Priority == g.Priority && f.Location == g.Location &&
		f.Description == g.Description && f.CallSource == g.CallSource && f.ReportedAt == g.ReportedAt &&
		same(f.Lat, g.Lat) && same(f.Lon, g.Lon)
}

// same compares what two pointers lead to.
func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
