package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// need says whether an empty value is one.
type need bool

const (
	required need = true
	optional need = false
)

// address is a host:port, whose host may be empty for every interface.
func address(field *string, n need) value {
	rule := "host:port, such as 127.0.0.1:8080"
	if n == optional {
		rule += ", or empty"
	}
	return must(field, rule, func(s string) (string, error) {
		if s == "" {
			return fits(s, n == optional)
		}
		return fits(s, isAddress(s))
	}, same)
}

func isAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " /@") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// loopback reports an address that only this machine reaches. A name other than localhost may resolve to anything.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
