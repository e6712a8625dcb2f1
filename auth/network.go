package auth

import "net/netip"

// NetworkOf is the part of an address that one person has, for counting what they try: an IPv4 address whole, of an IPv6
// address the first 64 bits, since providers give out no less and whoever has a /64 has all of its addresses. What is no
// address stays as it is.
func NetworkOf(remote string) string {
	a, err := netip.ParseAddr(remote)
	if err != nil {
		return remote
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	network, err := a.Prefix(64)
	if err != nil { // never, of an IPv6 address
		return remote
	}
	return network.String()
}
