package models

import (
	"encoding/binary"
	"slices"

	"officermobile/models/record"
)

// Whether an id is taken can be told from memory unless what has it may have left: then only the log can tell, and a new
// id must not cost a look there. Ids rise with time, so the greatest that has left stands for all. One whose time is yet to
// come, of a device with a wrong clock or a random one of another system, would stand for all that people make from then
// on; such ids are remembered one by one.

// maxEarly is how many those are, a quarter of a megabyte. With more the least of them counts as one like all others.
const maxEarly = 1 << 14

// evict notes that an id has left memory.
func (s *State) evict(id record.UUID) {
	if mintedAt(id) <= s.At {
		s.hasLeft(ID[any](id))
		return
	}
	s.early = with(s.early, ID[any](id), true)
	if len(s.early) > maxEarly {
		s.hasLeft(s.early[0])
		s.early = s.early[1:]
	}
}

func (s *State) hasLeft(id ID[any]) {
	if s.evicted.Less(id) {
		s.evicted = id
	}
}

// mayHaveLeft reports that only the log can tell whether an id is taken that is not in memory.
func (s *State) mayHaveLeft(id record.UUID) bool {
	_, early := slices.BinarySearchFunc(s.early, ID[any](id), compareIDs[ID[any]])
	return early || !s.evicted.Less(ID[any](id))
}

// mintedAt is the time part of a version 7 UUID.
func mintedAt(id record.UUID) Micros {
	return Micros(binary.BigEndian.Uint64(id[:8])>>16) * 1000
}
