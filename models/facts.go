package models

import "slices"

// Facts are what people say of a dispatch.
type Facts struct {
	Category       []string `json:"category,omitzero"`        // up to three levels
	Priority       Priority `json:"priority"`                 // high, medium, low
	Location       string   `json:"location,omitzero"`        // address, or another description of the place
	IndoorLocation string   `json:"indoor_location,omitzero"` // the place within a building
	Lat            *float64 `json:"lat,omitzero"`             // WGS 84 degrees
	Lon            *float64 `json:"lon,omitzero"`             // WGS 84 degrees
	Description    string   `json:"description,omitzero"`
	CallSource     string   `json:"call_source,omitzero"` // how the call came in
	ReportedAt     int64    `json:"reported_at,omitzero"` // milliseconds since 1970
}

// since is f without the words that old has too: what was once accepted is not held to the rules of today.
func (f Facts) since(old *Facts) *Facts {
	if slices.Equal(f.Category, old.Category) {
		f.Category = nil
	}
	for _, word := range []struct {
		now *string
		old string
	}{{&f.Location, old.Location}, {&f.IndoorLocation, old.IndoorLocation}, {&f.Description, old.Description}, {&f.CallSource, old.CallSource}} {
		if *word.now == word.old {
			*word.now = ""
		}
	}
	return &f
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
	if !f.Priority.known() {
		return Invalid("priority", "is high, medium or low")
	}
	if (f.Lat == nil) != (f.Lon == nil) {
		return Invalid("lat", "and lon come together")
	}
	if f.Lat != nil && (*f.Lat < -90 || *f.Lat > 90 || *f.Lon < -180 || *f.Lon > 180) {
		return Invalid("lat", "or lon is out of range")
	}
	return first(mayName("location", f.Location), mayName("indoor_location", f.IndoorLocation), mayText("description", f.Description, MaxDescription), mayName("call_source", f.CallSource))
}

// level: an older version has no place within a building.
func (f *Facts) level() int {
	if f.IndoorLocation == "" {
		return 1
	}
	return 2
}

// checkChosen holds what is said to the agency's choices; old is what was said before, which stays allowed.
func (f *Facts) checkChosen(s *State, c Command, old *Facts) error {
	if len(f.Category) > 0 && !slices.Equal(f.Category, old.Category) {
		if err := s.checkChosen(c, "category", CategoryChoice, f.Category...); err != nil {
			return err
		}
	}
	if f.CallSource == old.CallSource {
		return nil
	}
	return s.checkMaybe(c, "call_source", CallSourceChoice, f.CallSource)
}

// equal: nothing that people say differs.
func (f *Facts) equal(g *Facts) bool {
	return slices.Equal(f.Category, g.Category) && f.Priority == g.Priority && f.Location == g.Location && f.IndoorLocation == g.IndoorLocation &&
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
