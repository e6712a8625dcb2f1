package models

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"officermobile/models/record"

	"github.com/go-json-experiment/json"
)

// ReducerVersion changes whenever the same events would fold into another state; snapshots of another version are not
// loaded.
const ReducerVersion = 8

// snapshot is a state as bytes. Maps are written in the order of their keys, feeds in the order of their changes, so
// that equal states give equal bytes. What follows from the rest is left out and rebuilt.
type snapshot struct {
	Version       int                                   `json:"version"`
	Seq           record.Seq                            `json:"seq"`
	At            Micros                                `json:"at"`
	Agency        Agency                                `json:"agency"`
	Users         map[UserID]*User                      `json:"users"`
	Devices       map[DeviceID]*Device                  `json:"devices"`
	Zones         map[ZoneID]*Zone                      `json:"zones"`
	WorkZones     map[WorkZoneID]*WorkZone              `json:"work_zones"`
	Teams         map[TeamID]*Team                      `json:"teams"`
	Duty          map[UserID]*Duty                      `json:"duty"`
	RTAs          map[RTAID]*RTA                        `json:"rtas"`
	Choices       map[ChoiceID]*Choice                  `json:"choices"`
	Deleted       map[record.UUID]RowKind               `json:"deleted"`
	LastZone      map[UserID]ZoneID                     `json:"last_zone,omitzero"`
	Duress        map[UserID]DispatchID                 `json:"duress,omitzero"`
	Dispatches    map[DispatchID]*Dispatch              `json:"dispatches"`
	Numbers       map[ZoneID]dayNumber                  `json:"numbers"`
	Tasks         map[TaskID]*Task                      `json:"tasks"`
	Held          map[UserID][]TaskID                   `json:"held"`
	Notes         map[LogID]*LogNote                    `json:"notes"`
	Conversations map[ConversationID]*Conversation      `json:"conversations"`
	Members       map[ConversationID]map[UserID]*Member `json:"members"`
	Timelines     map[ConversationID][]*Entry           `json:"timelines"`
	Evicted       ID[any]                               `json:"evicted"`
	Early         []ID[any]                             `json:"early,omitzero"`
	Urgent        map[MessageID]*Urgent                 `json:"urgent"`
	Invitations   map[InvitationID]*Invitation          `json:"invitations"`
	Settled       []InvitationID                        `json:"settled"`
	Marks         []markDump                            `json:"marks"`
	Mutes         map[ConversationID]map[UserID]*Mute   `json:"mutes,omitzero"`
	Lanes         []laneDump                            `json:"lanes"`
	Floor         record.Seq                            `json:"floor"`
	Access        map[UserID][]Grant                    `json:"access"`
	Feeds         []feedDump                            `json:"feeds"`
}

type markDump struct {
	Conversation ConversationID `json:"conversation"`
	User         UserID         `json:"user"`
	Mark         *Mark          `json:"mark"`
}

type laneDump struct {
	Device  DeviceID     `json:"device"`
	Lane    Lane         `json:"lane"`
	Last    uint64       `json:"last"`
	Results []resultDump `json:"results"`
}

type resultDump struct {
	Result
	ID  CommandID  `json:"id"`
	Seq record.Seq `json:"seq"`
}

type feedDump struct {
	Scope Scope     `json:"scope"`
	Rows  []FeedRow `json:"rows"` // the oldest change first
}

// Snapshot writes the state, which must have a view, as bytes: equal states give equal bytes.
func (s *State) Snapshot() ([]byte, error) {
	d := snapshot{
		Version: ReducerVersion, Seq: s.Seq, At: s.At, Agency: s.Agency, Users: s.users, Devices: s.devices,
		Zones: s.zones, WorkZones: s.workZones, Teams: s.teams, Duty: s.duty, LastZone: s.lastZone, Duress: s.duress,
		RTAs: s.rtas, Choices: s.choices, Deleted: s.deleted,
		Dispatches: s.dispatches, Numbers: s.numbers, Tasks: s.tasks, Held: s.held, Notes: s.notes,
		Conversations: s.conversations, Members: s.members, Timelines: s.timelines, Evicted: s.evicted, Early: s.early, Urgent: s.urgent,
		Invitations: s.invitations, Settled: s.settled, Marks: s.dumpMarks(), Mutes: s.mutes, Lanes: s.dumpLanes(),
		Floor: s.view.floor, Access: map[UserID][]Grant{}, Feeds: s.view.dumpFeeds(),
	}
	for u, a := range s.view.access {
		d.Access[u] = a.grants
	}
	return json.Marshal(d, json.Deterministic(true))
}

// Digest is the hash of Snapshot: nodes with equal logs have equal digests.
func (s *State) Digest() (record.Hash, error) {
	b, err := s.Snapshot()
	return sha256.Sum256(b), err
}

func (s *State) dumpMarks() []markDump {
	marks := make([]markDump, 0, len(s.marks))
	for k, m := range s.marks {
		marks = append(marks, markDump{k.Conversation, k.User, m})
	}
	slices.SortFunc(marks, func(a, b markDump) int {
		return slices.Compare(append(a.Conversation[:], a.User[:]...), append(b.Conversation[:], b.User[:]...))
	})
	return marks
}

func (s *State) dumpLanes() []laneDump {
	all := make([]laneDump, 0, len(s.lanes))
	for k, l := range s.lanes {
		d := laneDump{Device: k.Device, Lane: k.Lane, Last: l.Last}
		for _, r := range l.Results {
			d.Results = append(d.Results, resultDump{r, r.ID, r.Seq})
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b laneDump) int {
		if c := compareIDs(a.Device, b.Device); c != 0 {
			return c
		}
		return int(a.Lane) - int(b.Lane)
	})
	return all
}

func (v *view) dumpFeeds() []feedDump {
	feeds := make([]feedDump, 0, len(v.feeds))
	for sc, f := range v.feeds {
		d := feedDump{Scope: sc}
		for n := f.oldest; n != nil; n = n.newer {
			d.Rows = append(d.Rows, n.FeedRow)
		}
		feeds = append(feeds, d)
	}
	slices.SortFunc(feeds, func(a, b feedDump) int { return a.Scope.Compare(b.Scope) })
	return feeds
}

// LoadSnapshot reads what Snapshot wrote. The caller has checked that the log agrees with it.
func LoadSnapshot(b []byte) (*State, error) {
	var d snapshot
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if d.Version != ReducerVersion {
		return nil, fmt.Errorf("snapshot is of reducer version %d, this program's is %d", d.Version, ReducerVersion)
	}
	s := NewState()
	s.Seq, s.At, s.evicted, s.early, s.settled = d.Seq, d.At, d.Evicted, d.Early, d.Settled
	s.putAgency(d.Agency)
	s.Agency = d.Agency
	fill(s.users, d.Users)
	fill(s.devices, d.Devices)
	fill(s.zones, d.Zones)
	fill(s.workZones, d.WorkZones)
	fill(s.teams, d.Teams)
	fill(s.duty, d.Duty)
	fill(s.rtas, d.RTAs)
	fill(s.choices, d.Choices)
	fill(s.deleted, d.Deleted)
	fill(s.lastZone, d.LastZone)
	fill(s.duress, d.Duress)
	fill(s.dispatches, d.Dispatches)
	fill(s.numbers, d.Numbers)
	fill(s.tasks, d.Tasks)
	fill(s.held, d.Held)
	fill(s.notes, d.Notes)
	fill(s.conversations, d.Conversations)
	fill(s.members, d.Members)
	fill(s.timelines, d.Timelines)
	fill(s.urgent, d.Urgent)
	fill(s.invitations, d.Invitations)
	fill(s.mutes, d.Mutes)
	s.loadLanes(&d)
	s.reindex()
	s.view = loadView(&d)
	return s, nil
}

func fill[K comparable, V any](into, from map[K]V) {
	for k, v := range from {
		into[k] = v
	}
}

func (s *State) loadLanes(d *snapshot) {
	for _, m := range d.Marks {
		s.marks[pair{m.Conversation, m.User}] = m.Mark
	}
	for _, l := range d.Lanes {
		lane := &laneState{Last: l.Last}
		for _, r := range l.Results {
			r.Result.ID, r.Result.Seq = r.ID, r.Seq
			lane.Results = append(lane.Results, r.Result)
		}
		s.lanes[laneKey{l.Device, l.Lane}] = lane
	}
}

// reindex rebuilds what follows from the tables.
func (s *State) reindex() {
	for _, u := range s.users {
		s.usernames[u.Username] = u.ID
		s.runners = with(s.runners, u.ID, u.Types.Any(Administrator|Dispatcher))
	}
	for _, d := range s.devices {
		s.own(d.User, d.ID, true)
	}
	for _, z := range s.zones {
		z.place = placeOf(z.TimeZone)
	}
	for _, d := range s.duty {
		s.callSigns[d.CallSign] = d.User
	}
	for _, c := range s.conversations {
		if c.Closed {
			s.closed = append(s.closed, c.ID)
		}
	}
	slices.SortFunc(s.closed, s.byClosing)
	for _, i := range s.invitations {
		if i.State == InvitationPending {
			s.await(i)
		}
	}
	for _, u := range s.urgent {
		s.urgentIn[u.Conversation] = append(s.urgentIn[u.Conversation], u.Message)
		if u.Next > 0 {
			s.climbing[u.Message] = true
		}
	}
	for _, list := range s.urgentIn {
		slices.SortFunc(list, func(a, b MessageID) int { return cmp.Compare(s.urgent[a].N, s.urgent[b].N) })
	}
	for id, c := range s.conversations {
		s.broadcasts = with(s.broadcasts, id, c.Kind == BroadcastKind)
	}
	for cid, rows := range s.timelines {
		for _, r := range rows {
			r.Conversation = cid
			if r.Notice == "" {
				s.byMessage[r.ID] = r
			}
		}
	}
}

func loadView(d *snapshot) *view {
	v := newView()
	v.floor = d.Floor
	for u, grants := range d.Access {
		v.access[u] = &access{grants: grants}
	}
	for _, f := range d.Feeds {
		loaded := &feed{scope: f.Scope, rows: map[Row]*feedNode{}}
		for _, r := range f.Rows {
			n := &feedNode{FeedRow: r}
			loaded.rows[r.Row] = n
			loaded.link(n)
		}
		v.feeds[f.Scope] = loaded
	}
	v.rechain(d.Conversations)
	return v
}
