package models

// PresenceState is what a device is doing, as far as the server knows. It is never in the log.
type PresenceState string

// The states. A foreground that has not been heard for a lease is offline.
const (
	Foreground PresenceState = "foreground" // somebody looks at the app
	Background PresenceState = "background"
	Offline    PresenceState = "offline"
)
