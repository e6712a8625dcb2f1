package shift

import (
	"fmt"
	"time"

	"officermobile/replay/calls"
)

// crew finds the officer for each unit of the file, and makes those that are new.
type crew struct {
	planner *planner
	signs   map[string]PersonNo       // of units that the file names
	pools   map[WorkZoneNo][]PersonNo // where it names none
	free    map[PersonNo]time.Time    // of those in pools: when their last call ends
	count   int
}

// officer is who goes: the one with the unit's call sign, else one of the district. None when there is no room for a
// further officer.
func (c *crew) officer(u calls.Unit, zone WorkZoneNo) PersonNo {
	if u.CallSign == "" {
		return c.ofDistrict(u, zone)
	}
	if no, ok := c.signs[u.CallSign]; ok {
		return no
	}
	no := c.recruit(u.CallSign, zone)
	if no != None {
		c.signs[u.CallSign] = no
	}
	return no
}

// ofDistrict is the first officer of the district who is free, a new one, or the one who is free soonest.
func (c *crew) ofDistrict(u calls.Unit, zone WorkZoneNo) PersonNo {
	soonest := PersonNo(None)
	for _, no := range c.pools[zone] {
		if soonest == None || c.free[no].Before(c.free[soonest]) {
			soonest = no
		}
		if !c.free[no].After(u.Dispatched) {
			return c.send(no, u)
		}
	}
	if n := len(c.pools[zone]); n < districtCrew {
		sign := fmt.Sprintf("%s-%d", c.planner.shift.WorkZones[zone].Name, n+1)
		if no := c.recruit(sign, zone); no != None {
			c.pools[zone] = append(c.pools[zone], no)
			return c.send(no, u)
		}
	}
	if soonest == None {
		return None
	}
	return c.send(soonest, u)
}

// openCall is how long a call without a clearing time keeps an officer from being the first choice.
const openCall = time.Hour

func (c *crew) send(no PersonNo, u calls.Unit) PersonNo {
	end := u.Cleared
	if end.IsZero() {
		end = u.Dispatched.Add(openCall)
	}
	c.free[no] = later(c.free[no], end)
	return no
}

func (c *crew) recruit(sign string, zone WorkZoneNo) PersonNo {
	if c.count == c.planner.options.MaxOfficers {
		return None
	}
	c.count++
	no := c.planner.person(Person{Type: Officer, Name: "officer-" + sign, CallSign: sign, Team: TeamNo(zone)})
	c.planner.device(no, Phone)
	if c.count%tabletEvery == 0 {
		c.planner.device(no, Tablet)
	}
	return no
}
