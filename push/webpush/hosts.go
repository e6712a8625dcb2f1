package webpush

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// Hosts are the push services of the browsers that agencies' tablets run. An endpoint comes from whoever is signed in
// on a device, so nothing else is ever asked: else a subscription could make this server call whom it likes.
var defaultHosts = []string{
	"fcm.googleapis.com",                // Chrome, and Edge on Android
	"*.notify.windows.com",              // Edge on Windows
	"updates.push.services.mozilla.com", // Firefox
	"*.push.apple.com",                  // Safari
}

var (
	errHost    = errors.New("the endpoint is not of a push service that is allowed")
	errAddress = errors.New("the endpoint's host resolves to an address that is not public")
)

// allowed reports an endpoint that may be asked: https, a listed host, its own port.
func allowed(endpoint *url.URL, hosts []string) bool {
	if endpoint.Scheme != "https" || endpoint.User != nil || endpoint.Port() != "" {
		return false
	}
	name := strings.ToLower(endpoint.Hostname())
	for _, host := range hosts {
		suffix, wild := strings.CutPrefix(host, "*.")
		if name == host || wild && strings.HasSuffix(name, "."+suffix) {
			return true
		}
	}
	return false
}

// public refuses to dial an address that is not on the open internet, whatever name it came from: a name that is listed
// today may be pointed at us tomorrow.
func public(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return errAddress
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return errAddress
	}
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || reserved(ip) {
		return errAddress
	}
	return nil
}

// notOnTheInternet are the ranges that netip has no word for: shared addresses of carriers, documentation, benchmarks,
// IETF assignments, 6to4 and NAT64 prefixes that lead to any IPv4 address.
var notOnTheInternet = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
}

func reserved(ip netip.Addr) bool {
	for _, p := range notOnTheInternet {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
