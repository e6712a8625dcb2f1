package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// DuressRaise is the panic button: an officer needs assistance. Nothing about it is refused for a soft reason: what does
// not make sense is left out, what nobody understands is passed over, and what is not configured is made.
type DuressRaise struct {
	ID        DispatchID `json:"id"`
	MessageID MessageID  `json:"message_id,omitzero"`
	Lat       *float64   `json:"lat,omitzero"` // where the device is, WGS 84 degrees; absent: the last known
	Lon       *float64   `json:"lon,omitzero"`
	AccuracyM float64    `json:"accuracy_m,omitzero"`
}

// CommandType is the name on the wire.
func (*DuressRaise) CommandType() string { return "duress.raise" }

// UnmarshalJSONFrom takes what it understands and passes over the rest, unlike all other commands: nobody's panic is lost
// for a member, or a whole body, of another form. The only error is of what is no JSON; what stood before is taken.
func (b *DuressRaise) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		member := name.String() // a token is good until the next is read
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		b.take(member, value)
	}
	_, err := d.ReadToken()
	return err
}

func (b *DuressRaise) take(member string, value jsontext.Value) {
	switch member {
	case "id":
		understood(value, &b.ID)
	case "message_id":
		understood(value, &b.MessageID)
	case "lat":
		understood(value, &b.Lat)
	case "lon":
		understood(value, &b.Lon)
	case "accuracy_m":
		understood(value, &b.AccuracyM)
	}
}

// understood sets what a value is for, or leaves it.
func understood[T any](value jsontext.Value, to *T) {
	var v T
	if json.Unmarshal(value, &v) == nil {
		*to = v
	}
}

// Sighting is the last known place of somebody, as the edge knows it when a command is given: places are volatile and
// never in the state.
type Sighting struct {
	User      UserID
	Lat, Lon  float64
	AccuracyM float64
	AgeS      int64
}

// Times and bounds of duress.
const (
	duressFold     = Micros(60 * time.Second / time.Microsecond) // presses within it are one: a thumb that shakes
	maxSightingS   = 600                                         // an older place says nothing of who is near: ten minutes are ten kilometres
	maxNearby      = 500                                         // people brought in, the nearest; more help is for the dispatchers to ask for
	maxJoinedByOne = 100                                         // the same where each has an event of their own, which a batch has to hold
	defaultRadiusM = 2000                                        // a few minutes by car in a city
	maxRadiusM     = 200_000
)

func (b *DuressRaise) decide(s *State, c Command) ([]EventBody, error) {
	u := s.actor(c)
	if u == nil || onlyIntegration(u) {
		return nil, ErrForbidden
	}
	if last := s.DuressOf(u.ID); s.StandingDuress(u.ID, c.At) != nil || last != nil && last.ID == b.ID {
		return nil, nil
	}
	r := DuressRaised{Dispatch: b.freshID(s, c), User: u.ID, N: 1}
	r.Conversation = ConversationOf(r.Dispatch)
	events, zone, work := s.duressPlace(u, r.Dispatch)
	at := b.sighting(c)
	r.Officers = s.nearby(u.ID, zone.ID, at, c.Around)
	facts := Facts{Priority: High, Location: where(at), Description: "Officer needs assistance: " + s.called(u), CallSource: "duress"}
	if at != nil {
		facts.Lat, facts.Lon = &at.Lat, &at.Lon
	}
	number := s.nextNumber(zone, c.Time())
	events = append(events, &DispatchCreated{
		ID: r.Dispatch, Number: number.Last, BusinessDate: number.Date, Zone: zone.ID, WorkZone: work, Conversation: r.Conversation, Facts: facts,
	})
	in := r.bringIn(s) // each makes a row
	return append(append(events, in...), &MessagePosted{
		ID: b.freshMessage(s, c, r.Dispatch), Conversation: r.Conversation, N: uint32(len(in)) + 1,
		Text: facts.Description + ". " + facts.Location + ".", Urgent: true, Claims: c.Claims,
	}), nil
}

// bringIn is the event that brings people in; below its feature level, one for each of the nearest.
func (b *DuressRaised) bringIn(s *State) []EventBody {
	if s.allows(b.EventType()) {
		return []EventBody{b}
	}
	var events []EventBody
	for i, id := range append([]UserID{b.User}, b.Officers...)[:min(len(b.Officers)+1, maxJoinedByOne)] {
		events = append(events, &Joined{Conversation: b.Conversation, User: id, N: uint32(i) + 1})
	}
	return events
}

// freshID is the dispatch's id as asked for, or one that follows from what is known if there is none or it is taken.
func (b *DuressRaise) freshID(s *State, c Command) DispatchID {
	id := b.ID
	if c.Taken != nil { // by something that has left memory
		id = DispatchID{}
	}
	for s.dispatches[id] != nil || s.conversations[ConversationOf(id)] != nil || id.IsZero() {
		id = Derive[dispatchKind](CommandID(id), c.ID.Hex()+c.Actor.Hex()+strconv.FormatUint(uint64(s.Seq), 10))
	}
	return id
}

func (b *DuressRaise) freshMessage(s *State, c Command, d DispatchID) MessageID {
	if b.MessageID.IsZero() || s.byMessage[b.MessageID] != nil || c.Taken != nil {
		return Derive[messageKind](d, "duress")
	}
	return b.MessageID
}

// duressPlace is where it belongs: the operational zone of the officer's shift, else of their last one, else the first of
// theirs, else the first of all; and a work zone of it, one of the officer's team's if there is one. What the agency has
// not configured is made.
func (s *State) duressPlace(u *User, id DispatchID) (made []EventBody, zone *Zone, work WorkZoneID) {
	zone = s.zones[s.dutyZone(u.ID)]
	candidates := slices.Concat([]ZoneID{s.lastZone[u.ID]}, u.Zones, sortedKeys(s.zones))
	for i := 0; zone == nil && i < len(candidates); i++ {
		zone = s.zones[candidates[i]]
	}
	if zone == nil {
		zone = &Zone{ID: Derive[zoneKind](id, "zone"), Name: s.Agency.Name}
		made = append(made, &ZonePut{ID: zone.ID, Name: zone.Name})
	}
	if d := s.duty[u.ID]; d != nil && s.teams[d.Team] != nil {
		for _, w := range s.teams[d.Team].WorkZones {
			if s.workZones[w] != nil && s.workZones[w].Zone == zone.ID {
				return made, zone, w
			}
		}
	}
	for _, w := range sorted(s.workZones) {
		if w.Zone == zone.ID {
			return made, zone, w.ID
		}
	}
	work = Derive[workZoneKind](id, "work_zone")
	return append(made, &WorkZonePut{ID: work, Zone: zone.ID, Name: zone.Name}), zone, work
}

// sighting is where the officer is: as the device says, else where it was last heard of; nil if nobody knows.
func (b *DuressRaise) sighting(c Command) *Sighting {
	if b.Lat != nil && b.Lon != nil && math.Abs(*b.Lat) <= 90 && math.Abs(*b.Lon) <= 180 {
		return &Sighting{User: c.Actor, Lat: *b.Lat, Lon: *b.Lon, AccuracyM: max(b.AccuracyM, 0)}
	}
	for _, at := range c.Around {
		if at.User == c.Actor {
			return &at
		}
	}
	return nil
}

// where says a place's age and accuracy in words.
func where(at *Sighting) string {
	if at == nil {
		return "Position unknown"
	}
	text := "Position as of now"
	if at.AgeS > 0 {
		text = fmt.Sprintf("Last known position, %s old", (time.Duration(at.AgeS) * time.Second).String())
	}
	if at.AccuracyM >= 1 {
		text += fmt.Sprintf(", within %.0f m", min(at.AccuracyM, 1e6))
	}
	return text
}

// called is a name as the radio has it.
func (s *State) called(u *User) string {
	if d := s.duty[u.ID]; d != nil {
		return u.Name + " (" + d.CallSign + ")"
	}
	return u.Name
}

// nearby are the officers to bring in: those on duty within the agency's radius, wherever they belong, and those of the
// same operational zone of whom nobody knows where they are. Without a place, or with nobody near, all of the zone.
func (s *State) nearby(self UserID, zone ZoneID, at *Sighting, around []Sighting) []UserID {
	seen := map[UserID]Sighting{}
	for _, a := range around {
		if a.AgeS <= maxSightingS {
			seen[a.User] = a
		}
	}
	radius := float64(s.Agency.Settings.Effective().DuressRadiusM)
	distance := map[UserID]float64{}
	for id, d := range s.duty {
		if u := s.users[id]; id == self || u == nil || !u.Active {
			continue
		}
		a, known := seen[id]
		switch {
		case at == nil || !known:
			if d.Zone == zone {
				distance[id] = radius
			}
		default:
			if m := metres(*at, a); m <= radius {
				distance[id] = m
			}
		}
	}
	if len(distance) == 0 {
		for id, d := range s.duty {
			if d.Zone == zone && id != self {
				distance[id] = radius
			}
		}
	}
	near := sortedKeys(distance)
	slices.SortStableFunc(near, func(a, b UserID) int { return cmp.Compare(distance[a], distance[b]) })
	return near[:min(len(near), maxNearby)]
}

// metres is the way between two places on a sphere, which is true to half a percent.
func metres(a, b Sighting) float64 {
	const earth, rad = 6_371_000, math.Pi / 180
	dLat, dLon := (b.Lat-a.Lat)*rad, (b.Lon-a.Lon)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earth * math.Asin(math.Min(1, math.Sqrt(h)))
}

// StandingDuress is the dispatch that one more press at a time folds into; nil if there is none.
func (s *State) StandingDuress(id UserID, at Micros) *Dispatch {
	if open := s.DuressOf(id); open != nil && !open.Closed && at-open.Created < duressFold {
		return open
	}
	return nil
}

// DuressOf is the dispatch of the latest duress that a user raised; nil if none, or if it has left memory.
func (s *State) DuressOf(id UserID) *Dispatch { return s.dispatches[s.duress[id]] }

// DuressRaised marks a dispatch as raised by duress and brings in by name who raised it and who is to help.
type DuressRaised struct {
	Dispatch     DispatchID     `json:"dispatch"`
	Conversation ConversationID `json:"conversation"`
	User         UserID         `json:"user"`
	Officers     []UserID       `json:"officers,omitzero"` // the nearest first
	N            uint32         `json:"n"`                 // of the notice
}

// EventType is the name in the log.
func (*DuressRaised) EventType() string               { return "duress.raised" }
func (b *DuressRaised) row() (ConversationID, uint32) { return b.Conversation, b.N }

func (b *DuressRaised) apply(s *State, e Event) {
	old := s.dispatches[b.Dispatch]
	if old == nil || old.Duress || s.users[b.User] == nil || old.Conversation != b.Conversation {
		return
	}
	d := *old
	d.Duress = true
	s.putDispatch(d)
	s.duress[b.User] = d.ID
	for _, id := range append([]UserID{b.User}, b.Officers...) {
		s.join(d.Conversation, id, b.N)
	}
	s.notice(e, d.Conversation, b.N, NoticeDuress, b.User)
}
