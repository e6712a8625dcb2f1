package api

import (
	"officermobile/models"

	"github.com/danielgtaylor/huma/v2"
)

// lengths are those of texts by the name of their field, in characters. A field of such a name that may be longer says
// so with a maxLength of its own.
func lengths() map[string]int {
	return map[string]int{
		"name": models.MaxName, "title": models.MaxName, "call_sign": models.MaxName, "location": models.MaxName,
		"disposition": models.MaxName, "call_source": models.MaxName, "state": models.MaxName,
		"text": models.MaxText, "description": models.MaxDescription,
	}
}

// What bounds a field that has no limit of its own: the whole of a body, and numbers that JSON carries exactly.
const (
	maxAnyText = maxSyncBody
	maxAnyList = maxSyncBody / 2 // elements of a character each, with their commas
	maxInteger = 1<<53 - 1
	maxUint32  = 1<<32 - 1
)

// bound gives every text, list and number of the document a limit. Huma holds requests to them as well.
func bound(doc *huma.OpenAPI) {
	known := lengths()
	for s := range schemas(doc) {
		for name, p := range s.Properties {
			if n := known[name]; n > 0 && open(p) {
				p.MaxLength = &n
			}
		}
	}
	for s := range schemas(doc) {
		boundOne(s)
		s.PrecomputeMessages()
	}
	for s := range schemas(doc) {
		s.PatternDescription = "" // Huma's own word, which the specification doesn't have
	}
}

// open is a text that may be as long as it likes.
func open(s *huma.Schema) bool {
	return s.Type == huma.TypeString && s.MaxLength == nil && len(s.Enum) == 0
}

func boundOne(s *huma.Schema) {
	switch {
	case open(s):
		n := textLength(s)
		s.MaxLength = &n
	case s.Type == huma.TypeArray && s.MaxItems == nil:
		n := maxAnyList
		s.MaxItems = &n
	case s.Type == huma.TypeInteger:
		boundInteger(s)
	}
}

// textLength of forms that are always as long.
func textLength(s *huma.Schema) int {
	switch {
	case s.Format == "date-time":
		return len("2006-01-02T15:04:05.999999999+00:00")
	case s.Pattern == idPattern:
		return idLength
	}
	return maxAnyText
}

// boundInteger corrects Huma's format too: a uint32 doesn't fit an int32.
func boundInteger(s *huma.Schema) {
	least, most := -float64(maxInteger), float64(maxInteger)
	if s.Minimum != nil && s.Format == "int32" {
		most, s.Format = maxUint32, "int64"
	}
	if s.Minimum == nil && s.ExclusiveMinimum == nil {
		s.Minimum = &least
	}
	if s.Maximum == nil && s.ExclusiveMaximum == nil {
		s.Maximum = &most
	}
}
