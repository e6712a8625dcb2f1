package models

// The feature level of an agency bounds which events may be written to its log, so that a node of an older version
// never meets what it can't read. It rises by an operator's command, once all nodes run a version that knows the level.

// CurrentLevel is what this version knows. New agencies begin with it.
const CurrentLevel = 2

// LevelOf is the feature level from which on an event type may be written, 0 for a type that is not in the table. Every
// type is listed here; a new one belongs to the current level.
func LevelOf(eventType string) int {
	switch eventType {
	case "agency.created", "agency.changed", "user.created", "user.changed",
		"zone.put", "work_zone.put", "team.put",
		"device.registered", "device.released", "device.revoked",
		"duty.on", "duty.off", "duty.status",
		"dispatch.created", "dispatch.changed", "dispatch.closed", "dispatch.reopened",
		"task.created", "task.assigned", "task.unassigned", "task.moved",
		"conversation.created", "conversation.joined", "conversation.left",
		"invitation.sent", "invitation.settled",
		"message.posted", "message.acknowledged", "mark.read",
		"outcome", "floor.raised":
		return 1
	case "broadcast.created", "broadcast.ended", "broadcast.retired", "urgent.escalated", "urgent.not_reached", "duress.raised":
		return 2
	case "agency.level_raised": // the door itself: who writes it promises that all nodes can read what is behind it
		return 1
	case "dispatch.retired", "dispatch.part", "dispatch.logged", "device.wiped", "device.tested":
		return 2
	case "rta.put", "choice.put", "directory.deleted", "conversation.muted":
		return 2
	}
	return 0
}

// leveled is an event of an old type that may carry something new: what it then needs.
type leveled interface {
	level() int // 0 or 1 for nothing new
}

// ErrFeatureLevel refuses what an agency's feature level does not allow yet.
var ErrFeatureLevel = Refuse(KindConflict, "feature_level", "The agency's feature level does not allow this yet; an operator raises it.")

// checkLevel refuses events above the agency's feature level. An agency that comes into being is of the level that its
// first event says.
func (s *State) checkLevel(events []EventBody) error {
	if s.Agency.ID.IsZero() {
		return nil
	}
	for _, b := range events {
		needs := LevelOf(b.EventType())
		if l, ok := b.(leveled); ok {
			needs = max(needs, l.level())
		}
		if needs == 0 || needs > s.Agency.Level {
			return ErrFeatureLevel
		}
	}
	return nil
}

// allows reports whether events of a type may be written yet: Due gives no command that would be refused every time.
func (s *State) allows(eventType string) bool { return LevelOf(eventType) <= s.Agency.Level }

// RaiseLevel is an operator's command to raise the feature level to that of the program which carries it out.
type RaiseLevel struct{}

// CommandType is the name; no client may send it.
func (*RaiseLevel) CommandType() string { return "agency.raise_level" }

func (b *RaiseLevel) decide(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() {
		return nil, ErrForbidden
	}
	if s.Agency.Level >= CurrentLevel {
		return nil, nil
	}
	return []EventBody{&LevelRaised{Level: CurrentLevel}}, nil
}

// LevelRaised opens the log to the events of a feature level.
type LevelRaised struct {
	Level int `json:"level"`
}

// EventType is the name in the log.
func (*LevelRaised) EventType() string { return "agency.level_raised" }

func (b *LevelRaised) apply(s *State, _ Event) {
	if b.Level <= s.Agency.Level {
		return
	}
	a := s.Agency
	a.Level = b.Level
	s.putAgency(a)
}
