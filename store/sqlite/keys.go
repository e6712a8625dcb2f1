package sqlite

import (
	"encoding/binary"
	"errors"

	"officermobile/models/record"
)

var errKeys = errors.New("the keys of a batch cannot be read")

// encodeKeys writes a batch's keys beside it, from which the index can be built anew: event, length, value of each.
func encodeKeys(keys []record.Key) []byte {
	b := make([]byte, 0, 64*len(keys))
	for _, k := range keys {
		b = binary.AppendUvarint(b, uint64(k.Event))
		b = append(b, byte(len(k.Value)))
		b = append(b, k.Value...)
	}
	return b
}

func decodeKeys(b []byte) ([]record.Key, error) {
	var keys []record.Key
	for len(b) > 0 {
		event, n := binary.Uvarint(b)
		if n <= 0 || event >= record.MaxEvents || len(b) < n+1 || len(b) < n+1+int(b[n]) {
			return nil, errKeys
		}
		value := b[n+1 : n+1+int(b[n])]
		keys = append(keys, record.Key{Event: int(event), Value: string(value)})
		b = b[n+1+len(value):]
	}
	return keys, nil
}
