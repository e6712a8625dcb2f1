package push

import "time"

// Reporter is a Sender that tells how its connection and its credential are.
type Reporter interface{ Stats() SenderStats }

// SenderStats are what a Sender has counted since it was made.
type SenderStats struct {
	Connections uint64        // that were made
	InFlight    int           // requests under way
	Payload     Histogram     // bytes of the bodies that left
	Sent        uint64        // bytes on the network, with headers and TLS
	Received    uint64        // the same
	Refused     uint64        // requests that the provider did not begin with: a refused stream, or GOAWAY before it
	Minted      uint64        // provider tokens that were made or fetched
	TokenAge    time.Duration // of the one in use, real time; 0 for none
}

// PayloadBounds in bytes: a redacted payload has about 250, a sealed one up to what a provider takes.
func PayloadBounds() []float64 { return []float64{128, 256, 384, 512, 1024, 2048, 3072, 4096} }
