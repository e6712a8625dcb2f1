package records

import (
	"encoding/base64"
	"encoding/binary"

	"officermobile/models"
)

// A cursor is a position or time that was answered up to. It grants nothing: who may see what is asked anew.

const cursorVersion = 1

func encodeCursor(at uint64) string {
	return base64.RawURLEncoding.EncodeToString(binary.AppendUvarint([]byte{cursorVersion}, at))
}

func decodeCursor(text string) (uint64, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 2 || b[0] != cursorVersion {
		return 0, errCursor
	}
	at, n := binary.Uvarint(b[1:])
	if n != len(b)-1 {
		return 0, errCursor
	}
	return at, nil
}

var errCursor = models.Invalid("cursor", "is not the next of a page")
