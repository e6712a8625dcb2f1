package models

import "slices"

// Choices are what an agency lets its people choose from: call categories, reasons to be busy, and so on. While an
// agency has none of a kind, people write what they like.

// ChoiceKind is what a choice is of.
type ChoiceKind string

// The kinds of choices.
const (
	CategoryChoice    ChoiceKind = "category"    // call categories, in up to three levels; any of a tree's nodes can be chosen
	BusyStateChoice   ChoiceKind = "busy_state"  // why an officer is busy
	DispositionChoice ChoiceKind = "disposition" // how a task ended
	CallSourceChoice  ChoiceKind = "call_source" // how a call came in
)

// ChoiceForm is a choice as administrators write it. Its name is what a dispatch, shift or task then says.
type ChoiceForm struct {
	ID     ChoiceID   `json:"id"`
	Kind   ChoiceKind `json:"kind"`
	Parent ChoiceID   `json:"parent,omitzero"` // the category above
	Name   string     `json:"name"`
	Order  int        `json:"order,omitzero"` // of showing; equal ones by name
}

// Choice is one of the agency's.
type Choice struct {
	ChoiceForm
	Retired bool   `json:"retired,omitzero"` // deleted: kept for what phones that are offline have still chosen
	Rev     uint32 `json:"rev"`
}

// Bounds of choices.
const (
	maxChoices     = 2000 // of an agency, deleted ones apart; the largest code lists seen have some hundred
	maxChoiceOrder = 9999
)

// PutChoice makes or changes a choice. Its kind and place in the tree stay; what was chosen before keeps its words.
type PutChoice struct {
	ChoiceForm
}

// CommandType is the name on the wire.
func (*PutChoice) CommandType() string { return "choice.put" }

func (b *PutChoice) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(s.mustAdminister(c), needID("id", b.ID), s.unused(b.ID.UUID()), s.checkChoice(&b.ChoiceForm)); err != nil {
		return nil, err
	}
	old := s.choices[b.ID]
	if old == nil && s.liveChoices() >= maxChoices {
		return nil, errTooMany
	}
	if old != nil && (old.Kind != b.Kind || old.Parent != b.Parent) {
		return nil, Refuse(KindConflict, "choice_fixed", "A choice keeps its kind and its place in the tree.")
	}
	if old != nil && old.ChoiceForm == b.ChoiceForm {
		return nil, nil
	}
	if twin := s.choiceNamed(b.Kind, b.Parent, b.Name, false); twin != nil && twin.ID != b.ID {
		return nil, Refuse(KindConflict, "exists", "There is a choice of this name already.")
	}
	return []EventBody{&ChoicePut{b.ChoiceForm}}, nil
}

func (b *PutChoice) revOf(s *State) uint32 {
	return revOf(s.choices[b.ID], func(x *Choice) uint32 { return x.Rev })
}

func (s *State) checkChoice(f *ChoiceForm) error {
	if !slices.Contains([]ChoiceKind{CategoryChoice, BusyStateChoice, DispositionChoice, CallSourceChoice}, f.Kind) {
		return Invalid("kind", "is category, busy_state, disposition or call_source")
	}
	if err := first(needName("name", f.Name), between("order", f.Order, 0, maxChoiceOrder)); err != nil || f.Parent.IsZero() {
		return err
	}
	if p := s.choices[f.Parent]; f.Kind != CategoryChoice || p == nil || p.Retired || p.Kind != CategoryChoice {
		return Invalid("parent", "is a category, of a category")
	}
	if s.choiceLevel(f.Parent) >= MaxCategory {
		return Invalid("parent", "is of the lowest level")
	}
	return nil
}

// choiceLevel is 1 for a choice without a parent; it looks no further than there can be levels.
func (s *State) choiceLevel(id ChoiceID) int {
	level := 0
	for c := s.choices[id]; c != nil && level <= MaxCategory; c = s.choices[c.Parent] {
		level++
	}
	return level
}

func (s *State) liveChoices() int {
	n := 0
	for _, c := range s.choices {
		if !c.Retired {
			n++
		}
	}
	return n
}

// choiceNamed finds a choice by its name, the present one before retired ones; nil for none.
func (s *State) choiceNamed(kind ChoiceKind, parent ChoiceID, name string, retired bool) *Choice {
	var found *Choice
	for _, c := range s.choices {
		if c.Kind != kind || c.Parent != parent || c.Name != name || c.Retired && !retired {
			continue
		}
		if !c.Retired {
			return c
		}
		if found == nil || c.ID.Less(found.ID) {
			found = c
		}
	}
	return found
}

// checkChosen refuses a path of names that is none of the agency's choices of a kind, if it has any. A command of a
// device's outbox may name what has been deleted since: it was given when it was a choice, and no act is lost for that.
func (s *State) checkChosen(c Command, field string, kind ChoiceKind, path ...string) error {
	if !s.hasChoices(kind) {
		return nil
	}
	var parent ChoiceID
	for _, name := range path {
		next := s.choiceNamed(kind, parent, name, c.Num > 0)
		if next == nil {
			return Invalid(field, "is none of the agency's choices")
		}
		parent = next.ID
	}
	return nil
}

func (s *State) hasChoices(kind ChoiceKind) bool {
	for _, c := range s.choices {
		if c.Kind == kind && !c.Retired {
			return true
		}
	}
	return false
}

// checkMaybe is checkChosen where nothing is fine too.
func (s *State) checkMaybe(c Command, field string, kind ChoiceKind, name string) error {
	if name == "" {
		return nil
	}
	return s.checkChosen(c, field, kind, name)
}

// ChoicePut carries a choice.
type ChoicePut struct {
	ChoiceForm
}

// EventType is the name in the log.
func (*ChoicePut) EventType() string { return "choice.put" }

func (b *ChoicePut) apply(s *State, _ Event) {
	if b.ID.IsZero() || s.deleted[b.ID.UUID()] != "" {
		return
	}
	c := Choice{ChoiceForm: b.ChoiceForm, Rev: 1}
	if old := s.choices[b.ID]; old != nil {
		c.Rev, c.Kind, c.Parent = old.Rev+1, old.Kind, old.Parent // so that the tree stays one
	}
	s.choices[b.ID] = &c
	s.touch(DirectoryScope(s.Agency.ID), Row{RowChoice, b.ID.UUID()}, c.Rev, false)
}

// DeleteChoice takes a choice off the list. What was chosen before keeps its words.
type DeleteChoice struct {
	ID ChoiceID `json:"id"`
}

// CommandType is the name on the wire.
func (*DeleteChoice) CommandType() string { return "choice.delete" }

func (b *DeleteChoice) decide(s *State, c Command) ([]EventBody, error) {
	return s.decideDelete(c, Row{RowChoice, b.ID.UUID()})
}

func (s *State) choiceDeletable(id ChoiceID) error {
	if c := s.choices[id]; c == nil || c.Retired {
		return ErrNotFound
	}
	for _, c := range s.choices {
		if c.Parent == id && !c.Retired {
			return inUse("it has categories below it")
		}
	}
	return nil
}

// retireChoice keeps a deleted choice for late commands.
func (s *State) retireChoice(id ChoiceID) {
	c := *s.choices[id]
	c.Retired = true
	s.choices[id] = &c
}

// Choice returns a choice; nil for one that was deleted.
func (s *State) Choice(id ChoiceID) *Choice {
	if c := s.choices[id]; c != nil && !c.Retired {
		return c
	}
	return nil
}

// Choices returns all choices by id.
func (s *State) Choices() []*Choice {
	return slices.DeleteFunc(sorted(s.choices), func(c *Choice) bool { return c.Retired })
}
