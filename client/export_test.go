package client

import "time"

// Merge is merge.
func Merge(pages []Page, held func(Key) (Row, bool, error)) (Change, error) {
	return merge(pages, held)
}

// Backoff is the sequence of waits after failures in a row, with the ceiling instead of a draw.
func Backoff(failures int, told time.Duration) []time.Duration {
	var b backoff
	waits := make([]time.Duration, failures)
	for i := range waits {
		waits[i] = b.next(func(most time.Duration) time.Duration { return most }, told)
	}
	return waits
}

// Events reads a stream to its end.
func Events(r interface{ Read([]byte) (int, error) }) (names, ids, data []string, err error) {
	e := newEvents(r)
	for {
		ev, err := e.next()
		if err != nil {
			return names, ids, data, err
		}
		names, ids, data = append(names, ev.name), append(ids, ev.id), append(data, string(ev.data))
	}
}
