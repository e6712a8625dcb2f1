package auth

import (
	"encoding/base64"
	"encoding/binary"

	"officermobile/models"
)

// ticket is what a refresh token or a cookie says: which session, which generation of it, and the proof. Clients see
// one opaque text.
type ticket struct {
	kind       byte
	agency     models.AgencyID
	user       models.UserID
	session    models.SessionID
	generation uint32
	// proof is the same in all tokens of a family. It tells a token that was true once, and is used up, from one that
	// somebody made up who knows the ids: only the first ends the family.
	proof  secret
	secret secret
}

const (
	refreshTicket byte = 1
	cookieTicket  byte = 2

	ticketBytes = 1 + 3*16 + 4 + 2*32
	// refreshPrefix lets a secret scanner find a leaked token.
	refreshPrefix = "omr_"
)

func (t ticket) String() string {
	b := make([]byte, 0, ticketBytes)
	b = append(b, t.kind)
	b = append(b, t.agency[:]...)
	b = append(b, t.user[:]...)
	b = append(b, t.session[:]...)
	b = binary.BigEndian.AppendUint32(b, t.generation)
	b = append(b, t.proof[:]...)
	b = append(b, t.secret[:]...)
	text := base64.RawURLEncoding.EncodeToString(b)
	if t.kind == refreshTicket {
		return refreshPrefix + text
	}
	return text
}

// parseTicket reads a ticket of one kind; anything else is not ok.
func parseTicket(kind byte, text string) (t ticket, ok bool) {
	if kind == refreshTicket {
		if len(text) < len(refreshPrefix) || text[:len(refreshPrefix)] != refreshPrefix {
			return t, false
		}
		text = text[len(refreshPrefix):]
	}
	if len(text) != base64.RawURLEncoding.EncodedLen(ticketBytes) {
		return t, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || b[0] != kind {
		return t, false
	}
	t.kind, b = b[0], b[1:]
	b = b[copy(t.agency[:], b):]
	b = b[copy(t.user[:], b):]
	b = b[copy(t.session[:], b):]
	t.generation, b = binary.BigEndian.Uint32(b), b[4:]
	b = b[copy(t.proof[:], b):]
	copy(t.secret[:], b)
	return t, true
}
