package push

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/store"
)

// kindAddress documents say where a device is reached, one for each device.
const kindAddress store.Kind = "push_address"

// addressBody is what is known of where a device is reached. Without a token it is none, or what is left of one.
type addressBody struct {
	Kind        AddressKind
	Token       string
	App         string
	Environment Environment
	Keys        WebKeys
	Secret      DeviceSecret // makes the tags of the device's notifications
	Permission  Permission

	RegisteredAt time.Time
	SeenAt       time.Time // the device was heard; presence may know better
	TookAt       time.Time // its provider last took a ring, to the hour
	Doubt        Doubt     // what its provider says against it
	DiedAt       time.Time // the provider was believed; the address is gone since

	unreadable bool // sealed under a key that is not at hand, or damaged: it rings nobody, and the next registration replaces it
	version    uint64
}

// Doubt is what a provider says against an address, in its own word, and since when.
type Doubt struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// addressDoc is an address as it is stored: what rings a phone is sealed, what is known of it is not.
type addressDoc struct {
	Kind         AddressKind `json:"kind"`
	App          string      `json:"app,omitzero"`
	Environment  Environment `json:"environment,omitzero"`
	Permission   Permission  `json:"permission,omitzero"`
	RegisteredAt time.Time   `json:"registered_at"`
	SeenAt       time.Time   `json:"seen_at,omitzero"`
	TookAt       time.Time   `json:"took_at,omitzero"`
	Doubt        Doubt       `json:"doubt,omitzero"`
	DiedAt       time.Time   `json:"died_at,omitzero"`
	Sealed       []byte      `json:"sealed,omitzero"` // addressSecrets

	// Of documents from before they were sealed. They are read, and sealed with the next write.
	Token  string       `json:"token,omitzero"`
	Keys   WebKeys      `json:"keys,omitzero"`
	Secret DeviceSecret `json:"secret,omitzero"`
}

// addressSecrets are what a document holds sealed.
type addressSecrets struct {
	Token  string       `json:"token"`
	Keys   WebKeys      `json:"keys,omitzero"`
	Secret DeviceSecret `json:"secret"`
}

func (a addressBody) address() Address {
	return Address{Kind: a.Kind, Token: a.Token, App: a.App, Environment: a.Environment, Keys: a.Keys, Permission: a.Permission}
}

// same reports the same registration of the same address: nobody has registered anew meanwhile.
func (a addressBody) same(b addressBody) bool {
	return a.Token == b.Token && a.Kind == b.Kind && a.App == b.App && a.RegisteredAt.Equal(b.RegisteredAt)
}

// document is an address to be written in place of the version that was read.
func (s *addresses) document(k deviceKey, a addressBody) (store.Document, error) {
	doc := addressDoc{
		Kind: a.Kind, App: a.App, Environment: a.Environment, Permission: a.Permission,
		RegisteredAt: a.RegisteredAt, SeenAt: a.SeenAt, TookAt: a.TookAt, Doubt: a.Doubt, DiedAt: a.DiedAt,
	}
	if a.Token != "" {
		plain, err := json.Marshal(addressSecrets{a.Token, a.Keys, a.Secret})
		if err != nil {
			return store.Document{}, err
		}
		if doc.Sealed, err = s.keys.seal(k, plain); err != nil {
			return store.Document{}, fmt.Errorf("seal a push address: %w", err)
		}
	}
	body, err := json.Marshal(doc)
	return store.Document{Kind: kindAddress, ID: k.String(), Version: a.version, Due: s.reviewAt(a), Body: body}, err
}

// read is an address as its document has it.
func (s *addresses) read(k deviceKey, d store.Document) (addressBody, error) {
	var doc addressDoc
	if json.Unmarshal(d.Body, &doc) != nil {
		return addressBody{unreadable: true, version: d.Version}, nil
	}
	a := addressBody{
		Kind: doc.Kind, App: doc.App, Environment: doc.Environment, Permission: doc.Permission,
		RegisteredAt: doc.RegisteredAt, SeenAt: maxTime(doc.SeenAt, doc.RegisteredAt), TookAt: doc.TookAt, Doubt: doc.Doubt, DiedAt: doc.DiedAt,
		Token: doc.Token, Keys: doc.Keys, Secret: doc.Secret, version: d.Version,
	}
	if len(doc.Sealed) == 0 {
		return a, nil
	}
	plain, err := s.keys.open(k, doc.Sealed)
	if errors.Is(err, errSealed) {
		a.unreadable = true
		return a, nil
	}
	if err != nil {
		return addressBody{}, err
	}
	var secrets addressSecrets
	if json.Unmarshal(plain, &secrets) != nil {
		a.unreadable = true
		return a, nil
	}
	a.Token, a.Keys, a.Secret = secrets.Token, secrets.Keys, secrets.Secret
	return a, nil
}

// holdsAddress reports a document of an address that has not gone, without opening it.
func holdsAddress(d store.Document) bool {
	var doc addressDoc
	return json.Unmarshal(d.Body, &doc) != nil || len(doc.Sealed) > 0 || doc.Token != ""
}
