package shift

import (
	"fmt"
	"slices"
	"time"

	"officermobile/replay/calls"
)

const (
	noDistrict   = "NO DISTRICT" // the work zone of calls whose district the file leaves blank
	districtCrew = 12            // officers of a district, where the file names no units: a shift of two squads
	tabletEvery  = 4             // every so many officers one has a vehicle tablet
)

// job is a unit's recorded part in a call, as a task of the plan.
type job struct {
	task                         TaskNo
	assign, start, arrive, clear time.Time // within the shift, or after it; zero for never
}

// cast makes the zones, the people with their devices, the dispatches and who is sent to which.
func (p *planner) cast() {
	p.zones()
	for i := range p.options.Dispatchers {
		no := p.person(Person{Type: Dispatcher, Name: fmt.Sprintf("dispatcher-%d", i+1), Team: None})
		p.device(no, Console)
	}
	rng := p.rng("cast")
	crew := crew{planner: p, signs: map[string]PersonNo{}, pools: map[WorkZoneNo][]PersonNo{}, free: map[PersonNo]time.Time{}}
	for i, c := range p.calls {
		no := p.addDispatch(DispatchNo(i), c)
		var floor time.Time
		if c.Received.Before(p.shift.From) { // it runs already: everybody takes note in the first minutes
			floor = p.shift.From.Add(between(rng, 20*time.Second, 2*time.Minute))
		}
		for _, u := range c.Units {
			officer := crew.officer(u, p.shift.Dispatches[no].WorkZone)
			if officer == None {
				p.shift.Skipped++
				continue
			}
			p.addJob(no, officer, u, floor)
		}
	}
}

// zones makes a work zone of each district, in the order of their names, and a team for each.
func (p *planner) zones() {
	var names []string
	for _, c := range p.calls {
		names = append(names, district(c))
	}
	slices.Sort(names)
	for i, name := range slices.Compact(names) {
		p.shift.WorkZones = append(p.shift.WorkZones, WorkZone{Name: name})
		p.shift.Teams = append(p.shift.Teams, Team{Name: "Team " + name, WorkZone: WorkZoneNo(i)})
	}
}

func district(c calls.Call) string {
	if c.District == "" {
		return noDistrict
	}
	return c.District
}

func (p *planner) zoneNamed(name string) WorkZoneNo {
	i, _ := slices.BinarySearchFunc(p.shift.WorkZones, name, func(z WorkZone, name string) int {
		if z.Name < name {
			return -1
		}
		if z.Name > name {
			return 1
		}
		return 0
	})
	return WorkZoneNo(i)
}

func (p *planner) person(who Person) PersonNo {
	p.shift.People = append(p.shift.People, who)
	return PersonNo(len(p.shift.People) - 1)
}

func (p *planner) device(owner PersonNo, kind DeviceKind) {
	no := DeviceNo(len(p.shift.Devices))
	p.shift.Devices = append(p.shift.Devices, Device{Owner: owner, Kind: kind})
	p.shift.People[owner].Devices = append(p.shift.People[owner].Devices, no)
}

func (p *planner) addDispatch(no DispatchNo, c calls.Call) DispatchNo {
	talk := ConversationNo(len(p.shift.Conversations))
	p.shift.Conversations = append(p.shift.Conversations, Conversation{Kind: OfDispatch, Dispatch: no, Creator: None})
	p.shift.Dispatches = append(p.shift.Dispatches, Dispatch{
		CallID: c.ID, WorkZone: p.zoneNamed(district(c)), Category: c.Type, Priority: c.Priority,
		Location: c.Location, Lat: c.Lat, Lon: c.Lon, Located: c.Located,
		Reported: c.Received, Conversation: talk,
	})
	return no
}

func (p *planner) addJob(d DispatchNo, officer PersonNo, u calls.Unit, floor time.Time) {
	task := TaskNo(len(p.shift.Tasks))
	p.shift.Tasks = append(p.shift.Tasks, Task{Dispatch: d, Officer: officer, DuplicateOf: None})
	j := job{task: task, assign: later(u.Dispatched, floor)}
	j.start, j.arrive, j.clear = recorded(u.OnRoute, floor), recorded(u.OnScene, floor), recorded(u.Cleared, floor)
	if j.start.IsZero() {
		j.start = j.arrive // who arrived was on the way, recorded or not
	}
	p.jobs = append(p.jobs, j)
}

// recorded moves a recorded time to the floor, and leaves one that was not recorded.
func recorded(t, floor time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return later(t, floor)
}

// consoleOf is the dispatcher's device that looks after a dispatch.
func (p *planner) consoleOf(d DispatchNo) DeviceNo {
	return p.shift.People[int(d)%p.options.Dispatchers].Devices[0]
}
