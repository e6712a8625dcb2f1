package faultnet

import (
	"errors"
	"io"
	"net"
	"os"
)

// wrap makes an error look as one of a socket does. The end of a stream stays io.EOF.
func (c *conn) wrap(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
		return err // the server's side made it one already
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
