package cli

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// healthTimeout is less than the intervals at which containers are probed, and longer than any healthy answer.
const healthTimeout = 3 * time.Second

// Healthcheck asks a server's health address and wants 200. It is what a container without a shell runs. A server on
// this very machine may answer with a certificate of its public name, so there, and only there, the name isn't
// checked; nothing secret is sent.
func Healthcheck(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Usagef("a health address begins with http:// or https:// and has a host")
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("health request: %w", err)
	}
	res, err := healthClient(u.Hostname()).Do(req)
	if err != nil {
		return fmt.Errorf("health of %s: %w", u.Host, err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health of %s: got status %d, want 200", u.Host, res.StatusCode)
	}
	return nil
}

// healthClient follows no redirect, uses no proxy and keeps no connection.
func healthClient(host string) *http.Client {
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || err == nil && ip.IsLoopback()
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: local},
		},
	}
}

// HealthURL is where a server that listens at listen, a host:port, answers path from the same machine.
func HealthURL(listen string, withTLS bool, path string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", Usagef("%q is not host:port", listen)
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "", err == nil && ip == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case err == nil && ip == netip.IPv6Unspecified():
		host = "::1"
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: path}
	if withTLS {
		u.Scheme = "https"
	}
	return u.String(), nil
}
