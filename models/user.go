package models

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// UserTypes is the set of a user's types.
type UserTypes uint8

// The user types.
const (
	Administrator UserTypes = 1 << iota // configures, and does all that a dispatcher does
	Dispatcher                          // creates dispatches and tasks in accessible operational zones
	Officer                             // is assigned tasks
	Reviewer                            // sees the panels and takes part in conversations, changes nothing else
	Integration                         // a service account: another CAD system that posts dispatches
)

var userTypeNames = []string{"administrator", "dispatcher", "officer", "reviewer", "integration"}

// Any reports whether the sets share a type.
func (t UserTypes) Any(of UserTypes) bool { return t&of != 0 }

// Names lists the types, in the order of declaration.
func (t UserTypes) Names() []string {
	names := []string{}
	for i, name := range userTypeNames {
		if t&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// ParseUserTypes is the reverse of Names.
func ParseUserTypes(names []string) (UserTypes, error) {
	var t UserTypes
	for _, name := range names {
		i := slices.Index(userTypeNames, name)
		if i < 0 {
			return 0, Invalid("types", "are of "+strings.Join(userTypeNames, ", "))
		}
		t |= 1 << i
	}
	return t, nil
}

// MarshalJSON writes the names.
func (t UserTypes) MarshalJSON() ([]byte, error) { return json.Marshal(t.Names()) }

// UnmarshalJSON reads the names.
func (t *UserTypes) UnmarshalJSON(b []byte) error {
	var names []string
	err := json.Unmarshal(b, &names)
	if err != nil {
		return err
	}
	*t, err = ParseUserTypes(names)
	return err
}

// User is a person, or a service account, of the agency. Usernames are compared without case and never used again.
type User struct {
	ID       UserID    `json:"id"`
	Username string    `json:"username"`
	Name     string    `json:"name"`
	Types    UserTypes `json:"types"`
	Zones    []ZoneID  `json:"zones"` // accessible operational zones of dispatchers and reviewers
	Active   bool      `json:"active"`
	Expires  int64     `json:"expires_at,omitzero"` // milliseconds since 1970, when the system deactivates them; 0: never
	Rev      uint32    `json:"rev"`
}

// UserCreate makes a user, inactive until an administrator activates them unless Active is asked for.
type UserCreate struct {
	ID       UserID    `json:"id"`
	Username string    `json:"username"`
	Name     string    `json:"name"`
	Types    UserTypes `json:"types"`
	Zones    []ZoneID  `json:"zones,omitzero"`
	Active   bool      `json:"active,omitzero"`
	Expires  int64     `json:"expires_at,omitzero" doc:"Milliseconds since 1970: a temporary account, which the system deactivates then."`
}

// CommandType is the name on the wire.
func (*UserCreate) CommandType() string { return "user.create" }

func (b *UserCreate) decide(s *State, c Command) ([]EventBody, error) {
	if err := s.mustAdminister(c); err != nil {
		return nil, err
	}
	u := User{ID: b.ID, Username: strings.ToLower(b.Username), Name: b.Name, Types: b.Types, Zones: b.Zones, Active: b.Active, Expires: b.Expires}
	if err := first(needID("id", b.ID), checkUsername(u.Username), needName("name", u.Name), s.checkUser(&u), u.checkExpiry(c.At)); err != nil {
		return nil, err
	}
	if old := s.users[b.ID]; old != nil {
		if old.Username == u.Username && old.Name == u.Name && old.Types == u.Types {
			return nil, nil
		}
		return nil, Refuse(KindConflict, "exists", "There is a user with this id already.")
	}
	if _, taken := s.usernames[u.Username]; taken {
		return nil, Refuse(KindConflict, "username_taken", "This username is taken.")
	}
	return []EventBody{&UserCreated{ID: u.ID, Username: u.Username, Name: u.Name, Types: u.Types, Zones: u.Zones, Active: u.Active, Expires: u.Expires}}, nil
}

func checkUsername(name string) error {
	if err := needText("username", name, MaxUsername); err != nil {
		return err
	}
	for _, r := range name {
		if r <= ' ' || r > '~' {
			return Invalid("username", "is of printable ASCII without blanks")
		}
	}
	return nil
}

func (s *State) checkUser(u *User) error {
	if u.Types == 0 {
		return Invalid("types", "must not be empty")
	}
	if len(u.Zones) > MaxZones {
		return Invalid("zones", "are too many")
	}
	for _, z := range u.Zones {
		if s.zones[z] == nil {
			return Invalid("zones", "names a zone that does not exist")
		}
	}
	return nil
}

// UserCreated carries a new user.
type UserCreated struct {
	ID       UserID    `json:"id"`
	Username string    `json:"username"`
	Name     string    `json:"name"`
	Types    UserTypes `json:"types"`
	Zones    []ZoneID  `json:"zones,omitzero"`
	Active   bool      `json:"active"`
	Expires  int64     `json:"expires_at,omitzero"`
}

// EventType is the name in the log.
func (*UserCreated) EventType() string { return "user.created" }
func (b *UserCreated) level() int      { return levelIf(b.Expires != 0, 2) }

func (b *UserCreated) apply(s *State, _ Event) {
	if s.users[b.ID] != nil || s.usernames[b.Username] != (UserID{}) || b.ID.IsZero() {
		return
	}
	s.usernames[b.Username] = b.ID
	s.putUser(User{ID: b.ID, Username: b.Username, Name: b.Name, Types: b.Types, Zones: b.Zones, Active: b.Active, Expires: b.Expires})
}

// UserChange sets what is not nil. Deactivating takes effect everywhere from this event's position on.
type UserChange struct {
	UserID UserID     `json:"user_id"`
	Name   *string    `json:"name,omitzero"`
	Types  *UserTypes `json:"types,omitzero"`
	Zones  *[]ZoneID  `json:"zones,omitzero"`
	Active *bool      `json:"active,omitzero"`
	// Expires is when the system deactivates them; 0: never.
	Expires *int64 `json:"expires_at,omitzero"`
}

// CommandType is the name on the wire.
func (*UserChange) CommandType() string { return "user.change" }

func (b *UserChange) decide(s *State, c Command) ([]EventBody, error) {
	if err := s.mustAdminister(c); err != nil {
		return nil, err
	}
	old := s.users[b.UserID]
	if old == nil {
		return nil, ErrNotFound
	}
	u := *old
	set(&u.Name, b.Name)
	set(&u.Types, b.Types)
	set(&u.Zones, b.Zones)
	set(&u.Active, b.Active)
	set(&u.Expires, b.Expires)
	if err := first(nameSince(old.Name, u.Name), s.checkUser(&u), u.checkExpiry(c.At)); err != nil {
		return nil, err
	}
	if u.Name == old.Name && u.Types == old.Types && u.Active == old.Active && u.Expires == old.Expires && slices.Equal(u.Zones, old.Zones) {
		return nil, nil
	}
	var events []EventBody
	if !u.Active || !u.Types.Any(Officer) {
		events = s.offDuty(u.ID) // tasks go back before the officer is gone
	}
	return append(events, &UserChanged{ID: u.ID, Name: u.Name, Types: u.Types, Zones: u.Zones, Active: u.Active, Expires: u.Expires}), nil
}

// UserChanged carries all changeable fields.
type UserChanged struct {
	ID     UserID    `json:"id"`
	Name   string    `json:"name"`
	Types  UserTypes `json:"types"`
	Zones  []ZoneID  `json:"zones,omitzero"`
	Active bool      `json:"active"`

	Expires int64 `json:"expires_at,omitzero"`
}

// EventType is the name in the log.
func (*UserChanged) EventType() string { return "user.changed" }
func (b *UserChanged) level() int      { return levelIf(b.Expires != 0, 2) }

func (b *UserChanged) apply(s *State, _ Event) {
	old := s.users[b.ID]
	if old == nil {
		return
	}
	u := *old
	u.Name, u.Types, u.Zones, u.Active, u.Expires = b.Name, b.Types, b.Zones, b.Active, b.Expires
	s.putUser(u)
	s.settleUrgent(u.ID)
}

func (s *State) putUser(u User) {
	u.Rev++
	s.users[u.ID] = &u
	s.runners = with(s.runners, u.ID, u.Types.Any(Administrator|Dispatcher))
	s.touch(DirectoryScope(s.Agency.ID), Row{RowUser, u.ID.UUID()}, u.Rev, false)
	s.touch(SelfScope(u.ID), Row{RowMe, u.ID.UUID()}, u.Rev, false)
	s.regrantUser(u.ID)
}
