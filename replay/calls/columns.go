package calls

import (
	"fmt"
	"strings"
)

// column is one thing that a row may tell. Its names are those accepted in a header, the preferred one first.
type column struct {
	names    []string
	required bool
}

// The columns of a row, as indexes into layout.
const (
	colCall = iota
	colReceived
	colType
	colDispatch
	colClear
	colUnit
	colOnRoute
	colOnScene
	colPriority
	colPriorityFirst
	colLocation
	colDistrict
	colLat
	colLon
	columnCount
)

// known is the table of docs/REPLAY.md.
func known() [columnCount]column {
	return [columnCount]column{
		colCall:          {[]string{"call_id"}, true},
		colReceived:      {[]string{"received_at"}, true},
		colType:          {[]string{"call_type"}, true},
		colDispatch:      {[]string{"dispatch_at"}, true},
		colClear:         {[]string{"clear_at"}, true},
		colUnit:          {[]string{"unit_id", "call_sign"}, false},
		colOnRoute:       {[]string{"enroute_at", "on_route_at"}, false},
		colOnScene:       {[]string{"onscene_at", "on_scene_at"}, false},
		colPriority:      {[]string{"priority_final", "priority"}, false},
		colPriorityFirst: {[]string{"priority_initial"}, false},
		colLocation:      {[]string{"location"}, false},
		colDistrict:      {[]string{"police_district", "district"}, false},
		colLat:           {[]string{"lat", "latitude"}, false},
		colLon:           {[]string{"lon", "longitude"}, false},
	}
}

// layout says in which field of a record each column is, -1 for nowhere.
type layout [columnCount]int

// layoutOf reads a header.
func layoutOf(header []string) (layout, error) {
	at := make(map[string]int, len(header))
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if _, twice := at[name]; !twice {
			at[name] = i
		}
	}
	var l layout
	var missing []string
	for c, column := range known() {
		l[c] = find(at, column.names)
		if l[c] < 0 && column.required {
			missing = append(missing, column.names[0])
		}
	}
	if missing != nil {
		return l, fmt.Errorf("line 1: the header lacks %s", strings.Join(missing, ", "))
	}
	return l, nil
}

func find(at map[string]int, names []string) int {
	for _, name := range names {
		if i, ok := at[name]; ok {
			return i
		}
	}
	return -1
}

// get is a field of a record, "" where the file or the row has none.
func (l layout) get(record []string, c int) string {
	if l[c] < 0 || l[c] >= len(record) {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(record[l[c]], "\ufffd"))
}
