package models

import (
	"crypto/sha256"
	"encoding/base64"

	"officermobile/models/record"

	"github.com/go-json-experiment/json"
)

// An id is taken once. The same command again, from a phone that never got its answer, changes nothing; any other with
// that id is told that there is no such thing, whether what has the id is in memory or long gone from it.

// Print stands for the whole body of the command that made something: 22 characters of a hash, "" if it isn't known.
type Print string

// printOf is the print of a command's body.
func printOf(b CommandBody) Print {
	plain, err := json.Marshal(b, json.Deterministic(true))
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(plain)
	return Print(base64.RawURLEncoding.EncodeToString(sum[:16]))
}

// again answers a command that would make what exists.
func (p Print) again(b CommandBody) ([]EventBody, error) {
	if p == "" || p != printOf(b) {
		return nil, ErrNotFound
	}
	return nil, nil
}

// printed is an event that took the ids of what it made.
type printed interface {
	print() Print
}

// again answers a command that would make what the log knows already.
func (c Command) again() ([]EventBody, error) {
	made, ok := c.Taken.Body.(printed)
	by := c.Taken.Actor
	if c.Sealed != nil {
		by = c.Sealed.creator()
	}
	if !ok || by != c.Actor {
		return nil, ErrNotFound
	}
	return made.print().again(c.Body)
}

// LookUp returns the index keys that the engine must look up in the log before Decide: whether the ids that a command
// takes are taken can be told from memory unless they are older than what has left it. New ids cost nothing.
func LookUp(s *State, b CommandBody) []string {
	var keys []string
	ask := func(id record.UUID, here bool) {
		if !here && id != (record.UUID{}) && s.mayHaveLeft(id) {
			keys = append(keys, record.MintedKey(id))
		}
	}
	switch b := b.(type) {
	case *MessagePost:
		ask(b.ID.UUID(), s.byMessage[b.ID] != nil)
	case *Comment:
		ask(b.MessageID.UUID(), s.byMessage[b.MessageID] != nil)
	case *DuressRaise:
		ask(b.ID.UUID(), s.dispatches[b.ID] != nil)
		ask(b.MessageID.UUID(), s.byMessage[b.MessageID] != nil)
	case *BroadcastCreate:
		ask(b.ID.UUID(), s.conversations[b.ID] != nil)
		ask(b.MessageID.UUID(), s.byMessage[b.MessageID] != nil)
	case *DispatchCreate:
		id := ConversationOf(b.ID)
		ask(b.ID.UUID(), s.dispatches[b.ID] != nil)
		ask(id.UUID(), s.conversations[id] != nil)
	case *DispatchReopen:
		ask(b.DispatchID.UUID(), s.dispatches[b.DispatchID] != nil)
	case *DispatchLog:
		ask(b.ID.UUID(), s.notes[b.ID] != nil)
	case *TaskCreate:
		ask(b.ID.UUID(), s.tasks[b.ID] != nil)
	case *TaskSuspend:
		ask(b.NewID.UUID(), s.tasks[b.NewID] != nil)
	case *ConversationCreate:
		ask(b.ID.UUID(), s.conversations[b.ID] != nil)
	}
	return keys
}
