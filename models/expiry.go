package models

// checkExpiry refuses an account that is active and past its time already.
func (u *User) checkExpiry(now Micros) error {
	if u.Expires < 0 || u.Active && u.Expires != 0 && u.Expires <= now.Millis() {
		return Invalid("expires_at", "is a time to come")
	}
	return nil
}

// dueExpiries are the commands that end temporary accounts whose time has come (CJIS AC-2(2)), and when the next comes.
func (s *State) dueExpiries(now Micros) (due []CommandBody, next Micros) {
	for _, id := range sortedKeys(s.users) {
		u := s.users[id]
		switch {
		case !u.Active || u.Expires == 0:
		case u.Expires <= now.Millis():
			due = append(due, &UserChange{UserID: id, Active: new(bool)})
		default:
			next = earliest(next, Micros(u.Expires*1000))
		}
	}
	return due, next
}

// levelIf is a level where something new is carried.
func levelIf(carried bool, level int) int {
	if carried {
		return level
	}
	return 1
}
