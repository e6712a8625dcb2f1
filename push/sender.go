// Package push rings the devices of people who are not looking. A push is a doorbell and never a letter: it carries a
// stable id, opaque tags and generic words, and the app fetches the rest. Nothing exists only in a push.
//
// This file and its neighbours payload.go and classify.go are what the rest of the package shares with the provider
// packages apns and fcm: what is sent, what the answer means, and the one interface between them. They are pure.
package push

import (
	"context"
	"log/slog"
	"time"

	"officermobile/models/record"
)

// Sender hands one notification to one provider, with at most one request on the wire, and says what came of it. It
// never waits past ctx's deadline or its own, never repeats a request, and is safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, n Notification) Result
}

// Notification is what a provider gets to know. It has no field for a name, a text or an id of the domain, so that
// none can be sent by mistake.
type Notification struct {
	ID      record.UUID // constant over retries and ladder steps, so that a device can drop a duplicate
	Attempt int         // step of the emergency ladder, from 0; a retry of one step keeps it
	Address Address
	Class   Class

	ThreadTag   Tag // groups what belongs together on the device
	CollapseTag Tag // replaces what was shown before under it
	Badge       int // absolute count of unread, 0 removes it
	Expires     time.Time

	Passive bool   // shown without sound and without waking the screen
	Typed   bool   // the agency allows words that tell an invitation from a message
	Test    bool   // somebody wants to see that the device rings; it says so
	Wake    bool   // of a Quiet one: wake the app to sync; otherwise it only sets the badge
	Sealed  Sealed // content for the device's eyes only

	Signature string // by which the app knows that this server made it, over id, device and what is sealed
}

// Sealed is content encrypted to the device's key. The zero value is none, and the generic words stand.
type Sealed struct {
	KeyID string
	Box   []byte
}

// Class says how much a notification matters. A greater class goes first, so the class of merged ones is their max.
type Class uint8

// The classes, in rising urgency.
const (
	Quiet     Class = iota + 1 // a badge or a wake-up, nothing to see
	Message                    // a new message
	Invite                     // an invitation, or a task assigned
	Emergency                  // an urgent message or duress
)

// String is the class in verdicts and metrics.
func (c Class) String() string {
	words := [...]string{"none", "quiet", "message", "invite", "emergency"}
	if int(c) >= len(words) {
		return words[0]
	}
	return words[c]
}

// AddressKind tells the provider and the sort of token.
type AddressKind string

// The kinds of address. FCM is moving from registration tokens to Firebase Installation IDs; both work side by side.
const (
	APNs     AddressKind = "apns"
	FCMToken AddressKind = "fcm_token"
	FCMFID   AddressKind = "fcm_fid"
	WebPush  AddressKind = "webpush" // a browser's subscription: of tablets in vehicles that run the web app
)

// Environment is Apple's: a token of one is unknown in the other. Addresses of FCM have none.
type Environment string

// The environments of APNs.
const (
	Production Environment = "production"
	Sandbox    Environment = "sandbox"
)

// Address is where a provider finds a device. Printing or logging one never shows the token.
type Address struct {
	Kind        AddressKind
	Token       string
	App         string // bundle id, which is the APNs topic, or Android package
	Environment Environment
	Keys        WebKeys    // of WebPush; Token is then the endpoint's URL
	Permission  Permission // what the phone allows the app; not for the provider
}

// String names the kind and hides the token.
func (a Address) String() string { return string(a.Kind) + " address" }

// GoString hides the token from %#v.
func (a Address) GoString() string { return a.String() }

// LogValue hides the token from slog.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Outcome is what to do next, whichever provider answered.
type Outcome uint8

// The outcomes, append-only.
const (
	Accepted      Outcome = iota + 1 // the provider took it, which is not delivery
	TokenDead                        // this address will never work; forget it, behind the mass guard
	TryAgain                         // transient: provider or network; may have been delivered all the same
	AuthTrouble                      // our credential is refused; keep the address, hold everything, tell someone
	ConfigTrouble                    // wrong topic, project, host or permission; keep the address, hold, tell someone
	OurBug                           // this request can never succeed; keep the address, do not repeat it
	Limited                          // too fast; wait RetryAfter, or the table's floor where that is zero
)

// String is the outcome in verdicts and metrics.
func (o Outcome) String() string {
	words := [...]string{"none", "accepted", "token_dead", "try_again", "auth_trouble", "config_trouble", "our_bug", "limited"}
	if int(o) >= len(words) {
		return words[0]
	}
	return words[o]
}

// Result is the answer to one Send. It holds no token, payload or free text, so it may be stored and logged.
type Result struct {
	Outcome    Outcome
	Status     int           // HTTP status, 0 if no answer came
	Reason     string        // the provider's word, or one of the Reason constants; at most 64 letters, digits, '_'
	RetryAfter time.Duration // as the provider asked, real time; 0 if it did not
	DeadSince  time.Time     // of APNs 410: an address registered later is alive again; zero if unknown
	ForDevice  bool          // of Limited: the limit is this device's, others may go on
	ProviderID string        // the provider's id of the message, "" if not accepted
}

// Reasons of our own, beside the providers' words.
const (
	ReasonTimeout     = "timeout"           // the deadline passed before the answer
	ReasonCancelled   = "cancelled"         // the caller gave up
	ReasonConnection  = "connection"        // refused, cut or reset
	ReasonCertificate = "certificate"       // the host's certificate is not trusted: an old CA bundle, or an interceptor
	ReasonNotJSON     = "not_json"          // a proxy's page or nothing where the provider's JSON was due
	ReasonTooLarge    = "payload_too_large" // never left
	ReasonMalformed   = "malformed"         // never left: a bad token, tag or class
	ReasonWrongSender = "wrong_sender"      // never left: an address of another provider or environment
	ReasonRefused     = "library_refused"   // never left: the provider's library would not have it
)

// Suspect reports a dead token that might be our mistake (wrong topic, project or environment) rather than an app
// that was removed. The mass guard keeps a tighter bound on these.
func (r Result) Suspect() bool {
	return r.Outcome == TokenDead && r.Reason != "Unregistered" && r.Reason != "ExpiredToken" && r.Reason != "UNREGISTERED" && r.Reason != "Gone"
}
