// Package roster reads a list of people as CSV and says what it would take to make an agency's users be as it says. It
// changes nothing; the commands that it answers are decided like any others.
//
// The first line names the columns, in any order: username, name and types are needed, zones and active are not. Types
// and zones (by name) are separated by semicolons, active is true or false. What a file doesn't say of a user stays.
package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"officermobile/models"
)

// Limits of a file. An agency with more people sends two.
const (
	MaxBytes = 1 << 20
	MaxRows  = 5000
)

// The actions that a row comes to.
const (
	Create    = "create"
	Change    = "change"
	Unchanged = "unchanged"
	Fault     = "fault"
)

// Row is what a row of the file comes to. It repeats nothing of what the file has.
type Row struct {
	Line    int    `json:"line" doc:"In the file, from 1."`
	Action  string `json:"action" enum:"create,change,unchanged,fault"` // what the row does, or would do
	Field   string `json:"field,omitzero" doc:"Of a fault: the column."`
	Message string `json:"message,omitzero" doc:"Of a fault."`
}

// Plan is what a file comes to.
type Plan struct {
	Rows     []Row
	Commands []models.CommandBody // in the file's order; those that create have no id yet
}

// Faults is how many rows are wrong; nothing should be done while there are any.
func (p Plan) Faults() int {
	n := 0
	for _, r := range p.Rows {
		if r.Action == Fault {
			n++
		}
	}
	return n
}

// Read plans a file against a state. by is the administrator who asks, and the time. An error is for what is no list at
// all; it names the column or "body".
func Read(s *models.State, text []byte, by models.Command) (Plan, error) {
	if len(text) > MaxBytes {
		return Plan{}, models.Refuse(models.KindTooLarge, "too_large", "The file is larger than 1 MiB.")
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF"))))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return Plan{}, models.Invalid("body", "is not CSV with a line of column names")
	}
	p := planner{state: s, by: by, zones: map[string]models.ZoneID{}, seen: map[string]bool{}}
	if p.columns, err = columnsOf(header); err != nil {
		return Plan{}, err
	}
	for _, z := range s.Zones() {
		p.zones[z.Name] = z.ID
	}
	err = p.all(in)
	return p.plan, err
}

// known are the columns, those that are needed first.
var known = []string{"username", "name", "types", "zones", "active"}

const needed = 3

func columnsOf(header []string) ([]string, error) {
	var columns []string
	for _, cell := range header {
		name := strings.ToLower(strings.TrimSpace(cell))
		if !slices.Contains(known, name) {
			return nil, models.Invalid("body", "has a column other than "+strings.Join(known, ", "))
		}
		if slices.Contains(columns, name) {
			return nil, models.Invalid(name, "is there twice")
		}
		columns = append(columns, name)
	}
	for _, name := range known[:needed] {
		if !slices.Contains(columns, name) {
			return nil, models.Invalid(name, "is a column that must be there")
		}
	}
	return columns, nil
}

type planner struct {
	state   *models.State
	by      models.Command
	columns []string
	zones   map[string]models.ZoneID
	seen    map[string]bool
	plan    Plan
}

func (p *planner) all(in *csv.Reader) error {
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if len(p.plan.Rows) == MaxRows {
			return models.Refuse(models.KindTooLarge, "too_large", "The file has more than 5000 rows.")
		}
		line := 0
		if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
			line = broken.StartLine
		} else {
			line, _ = in.FieldPos(0)
		}
		p.row(line, cells, err)
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return nil // after a broken quote nothing can be told
		}
	}
}

func (p *planner) row(line int, cells []string, err error) {
	var body models.CommandBody
	if err != nil {
		err = models.Invalid("", "does not have as many cells as there are columns, or a quote is open")
	} else if body, err = p.command(cells); err == nil && body != nil {
		err = p.decide(&body)
	}
	row := Row{Line: line, Action: Unchanged}
	switch body.(type) {
	case *models.UserCreate:
		row.Action = Create
	case *models.UserChange:
		row.Action = Change
	}
	if err != nil {
		row = faultOf(line, err)
		body = nil
	}
	p.plan.Rows = append(p.plan.Rows, row)
	if body != nil {
		p.plan.Commands = append(p.plan.Commands, body)
	}
}

// decide asks whether the command would be taken, and drops one that changes nothing.
func (p *planner) decide(body *models.CommandBody) error {
	cmd := p.by
	cmd.Body = *body
	if b, ok := cmd.Body.(*models.UserCreate); ok {
		tried := *b
		tried.ID = models.UserID{1} // it gets its own when it is made
		cmd.Body = &tried
	}
	events, err := models.Decide(p.state, cmd)
	if err == nil && len(events) == 0 {
		*body = nil
	}
	return err
}

func faultOf(line int, err error) Row {
	row := Row{Line: line, Action: Fault, Message: "can't be taken"}
	if e := models.AsError(err); e != nil {
		row.Field, row.Message = e.Field, strings.TrimPrefix(e.Message, e.Field+": ")
	}
	return row
}

// command is what a row asks for.
func (p *planner) command(cells []string) (models.CommandBody, error) {
	cell := map[string]string{}
	for i, name := range p.columns {
		cell[name] = strings.TrimSpace(cells[i])
	}
	username := strings.ToLower(cell["username"])
	if p.seen[username] {
		return nil, models.Invalid("username", "is in the file twice")
	}
	p.seen[username] = true
	types, err := models.ParseUserTypes(list(cell["types"]))
	if err != nil {
		return nil, err
	}
	b := &models.UserChange{Types: &types}
	if name := cell["name"]; name != "" {
		b.Name = &name
	}
	if b.Zones, err = p.zonesOf(cell); err != nil {
		return nil, err
	}
	if b.Active, err = activeOf(cell); err != nil {
		return nil, err
	}
	if u := p.state.UserNamed(username); u != nil {
		b.UserID = u.ID
		return b, nil
	}
	made := &models.UserCreate{Username: username, Name: cell["name"], Types: types}
	if b.Zones != nil {
		made.Zones = *b.Zones
	}
	made.Active = b.Active != nil && *b.Active
	return made, nil
}

func (p *planner) zonesOf(cell map[string]string) (*[]models.ZoneID, error) {
	if _, ok := cell["zones"]; !ok {
		return nil, nil
	}
	zones := []models.ZoneID{}
	for _, name := range list(cell["zones"]) {
		id, ok := p.zones[name]
		if !ok {
			return nil, models.Invalid("zones", "names an operational zone that does not exist")
		}
		zones = append(zones, id)
	}
	return &zones, nil
}

func activeOf(cell map[string]string) (*bool, error) {
	var active bool
	switch strings.ToLower(cell["active"]) {
	case "":
		return nil, nil
	case "true":
		active = true
	case "false":
	default:
		return nil, models.Invalid("active", "is true or false")
	}
	return &active, nil
}

// list splits at semicolons.
func list(cell string) []string {
	var all []string
	for part := range strings.SplitSeq(cell, ";") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
