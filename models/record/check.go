package record

import (
	"errors"
	"fmt"
)

// check holds a header to the rules that make its encoding the only one.
func (h *Header) check() error {
	if err := CheckLog(h.Log); err != nil {
		return err
	}
	if len(h.Events) < 1 || len(h.Events) > MaxEvents {
		return fmt.Errorf("a batch has 1 to %d events, this has %d", MaxEvents, len(h.Events))
	}
	if h.First < 1 || h.First > MaxSeq || h.Last() > MaxSeq {
		return fmt.Errorf("position %d is out of range", h.First)
	}
	if (h.First == 1) != (h.Prev == Hash{}) {
		return errors.New("the previous hash is zero for the first batch of a log and for no other")
	}
	if h.ID.IsZero() {
		return errors.New("a batch has an id")
	}
	at := int64(0)
	for i := range h.Events {
		if err := h.Events[i].check(at); err != nil {
			return fmt.Errorf("event %d: %w", i, err)
		}
		at = h.Events[i].At
	}
	return nil
}

// check holds an event to its rules, after one that happened at the given time.
func (e *Event) check(previous int64) error {
	if err := checkType(e.Type); err != nil {
		return err
	}
	if e.At <= previous {
		return errTime
	}
	if e.Num == 0 && (e.Lane != 0 || !e.Command.IsZero()) {
		return errors.New("lane and command id come with a number")
	}
	if e.Num != 0 && (e.Device.IsZero() || e.Command.IsZero()) {
		return errors.New("a numbered command has a device and an id")
	}
	if (e.Request.Key == Hash{}) != (e.Request.Body == Hash{}) {
		return errors.New("a request has the hash of its key and of its body")
	}
	return nil
}

// CheckLog says whether a name may name a log: 1 to 80 bytes of a-z, 0-9 and '/'.
func CheckLog(name string) error {
	if len(name) < 1 || len(name) > MaxLogName {
		return fmt.Errorf("a log's name has 1 to %d bytes, this has %d", MaxLogName, len(name))
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '/' {
			return errors.New("a log's name is made of a-z, 0-9 and '/'")
		}
	}
	return nil
}

func checkType(name string) error {
	if len(name) < 1 || len(name) > MaxType {
		return fmt.Errorf("a type has 1 to %d bytes, this has %d", MaxType, len(name))
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && c != '.' && c != '_' {
			return errors.New("a type is made of a-z, '.' and '_'")
		}
	}
	return nil
}
