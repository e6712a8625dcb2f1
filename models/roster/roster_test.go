package roster_test

import (
	"strings"
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/roster"
)

// state is an agency with a zone and olga, an officer.
func state(t *testing.T) *models.State {
	t.Helper()
	s := models.NewState()
	for i, b := range []models.EventBody{
		&models.AgencyCreated{ID: models.AgencyID{1}, Name: "Harbor", TimeZone: "UTC", Level: models.CurrentLevel},
		&models.ZonePut{ID: models.ZoneID{2}, Name: "Old Harbour"},
		&models.UserCreated{ID: models.UserID{4}, Username: "olga", Name: "Olga", Types: models.Officer, Active: true},
	} {
		if err := models.Apply(s, models.Event{Seq: record.Seq(i + 1), At: models.Micros(i + 1), Body: b}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestRead(t *testing.T) {
	t.Parallel()
	file := "\uFEFFName,username,TYPES,zones,active\r\n" +
		"Olga,OLGA,officer,,\r\n" + // as it is
		"\"Diaz, Ramona\",r.diaz,dispatcher;officer,Old Harbour,true\r\n" +
		"Olga,olga,officer,,\r\n" + // twice
		"Nina,nina,wizard,,\r\n" +
		"Omar,omar,officer,Atlantis,\r\n" +
		",noname,officer,,\r\n" +
		"Otto,otto,officer,,maybe\r\n" +
		"Short,short\r\n" +
		"Last,last,reviewer,,\r\n"
	plan, err := roster.Read(state(t), []byte(file), models.Command{})
	if err != nil {
		t.Fatal(err)
	}
	want := []roster.Row{
		{Line: 2, Action: roster.Unchanged}, {Line: 3, Action: roster.Create}, {Line: 4, Action: roster.Fault, Field: "username"},
		{Line: 5, Action: roster.Fault, Field: "types"}, {Line: 6, Action: roster.Fault, Field: "zones"},
		{Line: 7, Action: roster.Fault, Field: "name"}, {Line: 8, Action: roster.Fault, Field: "active"},
		{Line: 9, Action: roster.Fault}, {Line: 10, Action: roster.Create},
	}
	if len(plan.Rows) != len(want) || plan.Faults() != 6 || len(plan.Commands) != 2 {
		t.Fatalf("got %+v and %d commands", plan.Rows, len(plan.Commands))
	}
	for i, got := range plan.Rows {
		if (got.Message != "") != (got.Action == roster.Fault) {
			t.Errorf("line %d: got message %q", got.Line, got.Message)
		}
		for _, value := range []string{"wizard", "Atlantis", "maybe", "olga"} {
			if strings.Contains(got.Message, value) {
				t.Errorf("line %d repeats %q", got.Line, value)
			}
		}
		if got.Message = ""; got != want[i] {
			t.Errorf("got %+v, want %+v", got, want[i])
		}
	}
	made := plan.Commands[0].(*models.UserCreate)
	if made.Name != "Diaz, Ramona" || made.Types != models.Dispatcher|models.Officer || len(made.Zones) != 1 || !made.Active {
		t.Errorf("got %+v", made)
	}
}

func TestChangeSetsOnlyWhatTheFileHas(t *testing.T) {
	t.Parallel()
	plan, err := roster.Read(state(t), []byte("username,name,types\nolga,Olga B.,officer\n"), models.Command{})
	if err != nil || len(plan.Commands) != 1 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	b := plan.Commands[0].(*models.UserChange)
	if *b.Name != "Olga B." || b.Zones != nil || b.Active != nil || b.UserID != (models.UserID{4}) {
		t.Errorf("got %+v", b)
	}
}

func TestWhatIsNoList(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"empty": "", "no username": "name,types\n", "an unknown column": "username,name,types,password\n",
		"a column twice": "username,name,types,name\n", "too long": strings.Repeat("x", roster.MaxBytes+1),
		"too many rows": "username,name,types\n" + strings.Repeat("a,b,officer\n", roster.MaxRows+1),
	} {
		if _, err := roster.Read(state(t), []byte(file), models.Command{}); models.AsError(err) == nil {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}

// FuzzRead: no file brings it down, and what it plans has no fault.
func FuzzRead(f *testing.F) {
	f.Add("username,name,types\nolga,Olga,officer\n")
	f.Add("username,name,types\n\"a,b\nc")
	f.Fuzz(func(t *testing.T, file string) {
		plan, err := roster.Read(state(t), []byte(file), models.Command{})
		if err == nil && len(plan.Commands)+plan.Faults() > len(plan.Rows) {
			t.Errorf("%d commands and %d faults of %d rows", len(plan.Commands), plan.Faults(), len(plan.Rows))
		}
	})
}
