// Package record is the shape of the log's bytes: the part of the system that can never change under data already
// written. docs/FORMAT.md describes it for readers in other languages; the golden files in testdata freeze it.
//
// A batch is the unit of the log. Its header is a canonical, versioned byte string that says what happened, when, by
// whom, and the digest of each payload; its hash is SHA-256 over exactly those bytes, and the next batch's header
// carries it. Payloads lie beside the header, so that one can be encrypted, re-encrypted or redacted later while the
// chain still proves the rest.
package record

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Seq is the position of an event in its log. The first event has 1; a batch takes as many as it has events.
type Seq uint64

// Hash is a SHA-256 sum.
type Hash [sha256.Size]byte

// UUID is the 16 bytes of an RFC 9562 UUID; the system mints version 7.
type UUID [16]byte

// Limits of a batch. They keep a MongoDB document far under its 16 MB and a commit short.
const (
	MaxEvents       = 128     // events of one batch
	MaxBatchBytes   = 1 << 20 // header and payloads of one batch
	MaxPayloadBytes = 256 << 10
)

// Batch is one row of the log as stored. Header is the exact byte string that was hashed.
type Batch struct {
	Header   []byte
	Payloads []Payload // one per event, in order
	Keys     []Key     // for the store's indexes; unhashed and rebuildable from the payloads
}

// Header is the decoded form of Batch.Header.
type Header struct {
	Log    string // name of the log, as store.Name
	Epoch  uint64 // random, changed when a log is restored from a backup
	First  Seq    // position of Events[0]
	Prev   Hash   // hash of the preceding batch; zero at First == 1
	ID     UUID   // tells one attempt to fill a slot from another
	Events []Event
}

// Last is the position of the batch's last event: a batch boundary, which tokens and tails use.
func (h Header) Last() Seq { return h.First + Seq(len(h.Events)) - 1 }

// Event is what the chain proves of an event, payload apart.
type Event struct {
	Type     string // such as "message.posted"; at most 63 bytes of a-z, '.', '_'
	Version  uint8  // of the payload's shape
	Critical bool   // a reader that doesn't know Type must halt rather than skip
	At       int64  // server time, microseconds since 1970; strictly increases over a log
	Actor    UUID   // user, zero for the system
	Device   UUID   // zero where no device is concerned
	Lane     uint8  // of the device's command; meaningful only with Num
	Num      uint64 // of the device's command, 0 for none
	Command  UUID   // of the device's command; zero with Num 0
	Request  Request
	Digest   Hash // of the salted plain payload, see DigestOf
}

// Request identifies a plain REST write: the hash of its idempotency key and of its body. Zero for none.
type Request struct{ Key, Body Hash }

// Payload is an event's content. KeyID 0 means Bytes are plain. A redacted payload has neither salt nor bytes.
type Payload struct {
	KeyID uint32
	Salt  UUID
	Bytes []byte
}

// Redacted reports whether the content was removed under retention.
func (p Payload) Redacted() bool { return p.Salt == UUID{} && len(p.Bytes) == 0 }

// DigestOf is the digest that a header carries for a plain payload: SHA-256(salt || plain). The salt keeps a short
// text from being guessed from its digest once the payload is gone.
func DigestOf(salt UUID, plain []byte) Hash {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(plain)
	return Hash(h.Sum(nil))
}

// Sum is the hash of a batch's exact header bytes.
func Sum(header []byte) Hash { return sha256.Sum256(header) }

// Key is one index entry of a batch: the event it leads to and the text to find it by.
type Key struct {
	Event int    // index into the batch's events
	Value string // made by TimelineKey, MintedKey or RequestKey
}

// TimelineKey leads to the event that made row n of a conversation. Values of one conversation sort by n.
func TimelineKey(conversation UUID, n uint32) string {
	return "n/" + conversation.Hex() + "/" + hex.EncodeToString(binary.BigEndian.AppendUint32(nil, n))
}

// MintedKey leads to the event that took an id which a client had minted.
func MintedKey(id UUID) string { return "i/" + id.Hex() }

// AckKey leads to the event by which a user acknowledged a message.
func AckKey(message, user UUID) string { return "a/" + message.Hex() + "/" + user.Hex() }

// StepKey leads to the event by which an urgent message was escalated to a step.
func StepKey(message UUID, step uint8) string {
	return "e/" + message.Hex() + "/" + hex.EncodeToString([]byte{step})
}

// RequestKey leads to the event of a REST write with that idempotency-key hash.
func RequestKey(key Hash) string { return "r/" + hex.EncodeToString(key[:]) }

// Hex is the 32 lower-case hex digits, the form used in keys and storage.
func (u UUID) Hex() string { return hex.EncodeToString(u[:]) }

// IsZero reports an absent id.
func (u UUID) IsZero() bool { return u == UUID{} }

// String is the form used in JSON and URLs: base64url without padding, 22 characters.
func (u UUID) String() string { return base64.RawURLEncoding.EncodeToString(u[:]) }

// ParseUUID reads the 22 characters that String makes and nothing else.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	if len(s) != 22 {
		return u, fmt.Errorf("an id has 22 characters of base64url, this has %d", len(s))
	}
	// The decoder passes over line ends, even where it is strict: then too little comes out.
	if n, err := base64.RawURLEncoding.Strict().Decode(u[:], []byte(s)); err != nil || n != len(u) {
		return UUID{}, fmt.Errorf("an id is base64url")
	}
	return u, nil
}
