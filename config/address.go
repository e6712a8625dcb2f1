package config

import (
	"fmt"
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

// size is a number of bytes, plain or in KiB or MiB.
func size(field *int64, low, high int64) value {
	rule := fmt.Sprintf("a size such as 512KiB or 1MiB, from %s to %s", showSize(low), showSize(high))
	return must(field, rule, func(s string) (int64, error) {
		n, err := parseSize(s)
		return fits(n, err == nil && low <= n && n <= high)
	}, showSize)
}

func parseSize(s string) (int64, error) {
	digits, unit := s, int64(1)
	if d, ok := strings.CutSuffix(s, "KiB"); ok {
		digits, unit = d, 1<<10
	}
	if d, ok := strings.CutSuffix(s, "MiB"); ok {
		digits, unit = d, 1<<20
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32) // 32 bits times a unit cannot overflow 64
	return n * unit, err
}

func showSize(n int64) string {
	switch {
	case n%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", n>>20)
	case n%(1<<10) == 0:
		return fmt.Sprintf("%dKiB", n>>10)
	}
	return strconv.FormatInt(n, 10)
}
