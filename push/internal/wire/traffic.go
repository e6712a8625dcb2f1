package wire

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
)

// Traffic counts bytes on the network: TLS and all that HTTP/2 says beside a request. The zero value is ready.
type Traffic struct{ sent, received atomic.Uint64 }

// Bytes so far.
func (t *Traffic) Bytes() (sent, received uint64) { return t.sent.Load(), t.received.Load() }

// Dial makes a TLS connection whose bytes are counted, within the dialer's timeout.
func (t *Traffic) Dial(ctx context.Context, d net.Dialer, network, addr string, cfg *tls.Config) (*tls.Conn, error) {
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Timeout)
		defer cancel()
	}
	raw, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(metered{raw, t}, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // it is being given up
		return nil, err
	}
	return conn, nil
}

// metered is a connection whose bytes are counted.
type metered struct {
	net.Conn
	traffic *Traffic
}

func (m metered) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	m.traffic.received.Add(uint64(n))
	return n, err
}

func (m metered) Write(b []byte) (int, error) {
	n, err := m.Conn.Write(b)
	m.traffic.sent.Add(uint64(n))
	return n, err
}
