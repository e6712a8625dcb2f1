package rehearsal

import (
	"context"
	"fmt"
	"io"

	"officermobile/cli"
	"officermobile/models"
	"officermobile/office"
	"officermobile/push"
	"officermobile/sync"
)

// demoName tells the demonstration agency from a real one.
const demoName = "Harbor City Police (demonstration)"

// credential is what somebody signs in with; passwords are shown once and kept nowhere.
type credential struct{ username, name, types, password string }

// Demonstrate gives a server something to show: an agency if its store has none, and simulated phones for its officers, which
// answer until ctx ends or the push services are closed. It prints how to sign in, and how to watch the phones.
func (s *Simulated) Demonstrate(ctx context.Context, o *office.Office, rings *push.Service, out io.Writer) error {
	p := phones{services: s.services, push: rings, owners: map[string]owner{}}
	if err := seedDemo(ctx, o, p, out); err != nil {
		return err
	}
	ctx, s.silence = context.WithCancel(ctx)
	s.answering.Go(func() { p.answer(ctx) })
	p.tell(out)
	return nil
}

// seedDemo makes the demonstration agency if the store has no agency yet, and prints how to sign in.
func seedDemo(ctx context.Context, o *office.Office, p phones, out io.Writer) error {
	all, err := o.Agencies.List(ctx)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		fmt.Fprintln(out, "The store has an agency already; its passwords were shown when it was made (officermobile user password NAME gives a new one).")
		return eachDemo(ctx, o, all, p.hand)
	}
	g, err := o.Agencies.Create(ctx, models.AgencyCreate{ID: office.NewID[models.AgencyID](), Name: demoName, TimeZone: "America/Los_Angeles"})
	if err != nil {
		return err
	}
	d := demo{Office: o, agency: g, phones: p}
	if err := d.seed(ctx); err != nil {
		return fmt.Errorf("seed the demonstration: %w", err)
	}
	t := cli.NewTable("username", "password (shown once)", "name", "types")
	for _, c := range d.credentials {
		t.Row(c.username, c.password, c.name, c.types)
	}
	fmt.Fprintf(out, "Demonstration agency %s\n\n", g.ID())
	_, err = t.WriteTo(out)
	return err
}

// eachDemo does something for every demonstration agency among some.
func eachDemo(ctx context.Context, o *office.Office, all []models.AgencyID, fn func(context.Context, *sync.Agency) error) error {
	for _, id := range all {
		g, err := o.Agencies.Agency(ctx, id)
		if err != nil {
			return err
		}
		name := ""
		g.View(func(s *models.State) { name = s.Agency.Name })
		if name != demoName {
			continue
		}
		if err := fn(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// demo is the agency in the making.
type demo struct {
	*office.Office
	phones      phones
	agency      *sync.Agency
	credentials []credential

	zones     []models.ZoneID
	teams     []models.TeamID
	workZones [][]models.WorkZoneID // of each zone
}

var demoZones = []struct {
	name      string
	workZones []string
	team      string
}{
	{"Harbor", []string{"Piers", "Ferry Terminal", "Fish Market"}, "Harbor Day"},
	{"Campus", []string{"Library", "Dormitories", "Stadium"}, "Campus Day"},
}

var demoPeople = []struct {
	username, name string
	types          models.UserTypes
	zone           int // of demoZones: of a dispatcher's access, or of an officer's duty; -1 for none
	callSign       string
}{
	{"admin", "Ada Park", models.Administrator, -1, ""},
	{"dispatch1", "Dan Wu", models.Dispatcher, 0, ""},
	{"dispatch2", "Dora Silva", models.Dispatcher, 1, ""},
	{"review", "Rita Novak", models.Reviewer, 0, ""},
	{"officer1", "Olga Diaz", models.Officer, 0, "H1"},
	{"officer2", "Omar Ali", models.Officer, 0, "H2"},
	{"officer3", "Oleg Ivanov", models.Officer, 0, "H3"},
	{"officer4", "Opal Greene", models.Officer, 1, "C1"},
	{"officer5", "Otto Maier", models.Officer, 1, "C2"},
	{"officer6", "Oona Byrne", models.Officer, -1, ""},
}

func (d *demo) seed(ctx context.Context) error {
	if err := d.seedZones(ctx); err != nil {
		return err
	}
	if err := d.seedRules(ctx); err != nil {
		return err
	}
	users := map[string]models.UserID{}
	for _, p := range demoPeople {
		if err := d.seedPerson(ctx, p.username, p.name, p.types, p.zone); err != nil {
			return err
		}
		d.agency.View(func(s *models.State) { users[p.username] = s.UserNamed(p.username).ID })
		if p.callSign == "" {
			continue
		}
		on := &models.ReportForDuty{Zone: d.zones[p.zone], Team: d.teams[p.zone], CallSign: p.callSign}
		if err := d.as(ctx, users[p.username], on); err != nil {
			return err
		}
	}
	if err := d.phones.hand(ctx, d.agency); err != nil {
		return err
	}
	return d.seedShift(ctx, users)
}

func (d *demo) seedZones(ctx context.Context) error {
	for _, z := range demoZones {
		zone, team := office.NewID[models.ZoneID](), office.NewID[models.TeamID]()
		var parts []models.WorkZoneID
		if err := d.Give(ctx, d.agency, &models.PutZone{ID: zone, Name: z.name}); err != nil {
			return err
		}
		for _, name := range z.workZones {
			part := office.NewID[models.WorkZoneID]()
			if err := d.Give(ctx, d.agency, &models.PutWorkZone{ID: part, Zone: zone, Name: name}); err != nil {
				return err
			}
			parts = append(parts, part)
		}
		if err := d.Give(ctx, d.agency, &models.PutTeam{ID: team, Zone: zone, Name: z.team, WorkZones: parts}); err != nil {
			return err
		}
		d.zones, d.teams, d.workZones = append(d.zones, zone), append(d.teams, team), append(d.workZones, parts)
	}
	return nil
}

func (d *demo) seedPerson(ctx context.Context, username, name string, types models.UserTypes, zone int) error {
	u := models.UserCreate{Username: username, Name: name, Types: types}
	if zone >= 0 && types.Any(models.Dispatcher|models.Reviewer) {
		u.Zones = []models.ZoneID{d.zones[zone]}
	}
	password, err := d.AddUser(ctx, d.agency, u)
	d.credentials = append(d.credentials, credential{username, name, types.Names()[0], password})
	return err
}

// seedShift puts a few dispatches and words on the panels, so that a newcomer sees something.
func (d *demo) seedShift(ctx context.Context, users map[string]models.UserID) error {
	alarm, noise := office.NewID[models.DispatchID](), office.NewID[models.DispatchID]()
	single := office.NewID[models.ConversationID]()
	steps := []struct {
		who  string
		what models.CommandBody
	}{
		{"dispatch1", &models.DispatchCreate{ID: alarm, WorkZone: d.workZones[0][0], Facts: models.Facts{
			Category: []string{"alarm", "audible"}, Priority: models.High, Location: "Pier 7, warehouse door",
			Description: "Bell ringing, no keyholder yet", CallSource: "alarm company",
		}}},
		{"dispatch1", &models.TaskCreate{ID: office.NewID[models.TaskID](), DispatchID: alarm, Assignee: users["officer1"]}},
		{"dispatch1", &models.MessagePost{ConversationID: models.ConversationOf(alarm), ID: office.NewID[models.MessageID](), Text: "Keyholder is 20 minutes out."}},
		{"officer1", &models.MessagePost{ConversationID: models.ConversationOf(alarm), ID: office.NewID[models.MessageID](), Text: "On my way, coming from the ferry terminal."}},
		{"officer2", &models.Comment{DispatchID: alarm, MessageID: office.NewID[models.MessageID](), Text: "I can take the back of the building."}},
		{"dispatch2", &models.DispatchCreate{ID: noise, WorkZone: d.workZones[1][1], Facts: models.Facts{
			Category: []string{"disturbance", "noise"}, Priority: models.Low, Location: "Dormitory C, third floor", CallSource: "phone",
		}}},
		{"officer4", &models.ConversationCreate{ID: single, Invitees: []models.UserID{users["officer5"]}}},
		{"officer4", &models.MessagePost{ConversationID: single, ID: office.NewID[models.MessageID](), Text: "Coffee after the noise call?"}},
	}
	for _, step := range steps {
		if err := d.as(ctx, users[step.who], step.what); err != nil {
			return fmt.Errorf("%s by %s: %w", step.what.CommandType(), step.who, err)
		}
	}
	return nil
}

// as gives a command in somebody's name.
func (d *demo) as(ctx context.Context, actor models.UserID, b models.CommandBody) error {
	return d.agency.Submit(ctx, []models.Command{{ID: office.NewID[models.CommandID](), Actor: actor, Body: b}})[0].Err
}
