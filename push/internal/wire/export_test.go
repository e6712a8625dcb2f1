package wire

import (
	"context"
	"crypto/tls"
	"net"
)

// GateUnderTest is a client's gate.
type GateUnderTest struct{ g gate }

// Warm lets more than one through.
func (t *GateUnderTest) Warm() { t.g.answered(0) }

// Enter waits for a place.
func (t *GateUnderTest) Enter(ctx context.Context, isUrgent bool) error {
	return t.g.enter(ctx, laneOf(isUrgent))
}

// Leave gives one back.
func (t *GateUnderTest) Leave(isUrgent bool) { t.g.leave(laneOf(isUrgent)) }

// DialBy makes connections in a way of the test's.
func (c *Client) DialBy(dial func(context.Context) (net.Conn, error)) {
	c.reach = func(ctx context.Context, _, _ string, _ *tls.Config) (net.Conn, error) { return dial(ctx) }
}
