package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value reads and shows one field. The error of set completes the sentence "server.listen must be ..." and never
// repeats what was given.
type value struct {
	set  func(text string) error
	show func() string
	must string     // what a value must be, for the documentation and the refusal
	at   func() any // the field's address, by which a test finds a field without a setting
}

// must is a value that is parsed, kept if it fits, and shown by a function.
func must[T any](field *T, rule string, parse func(string) (T, error), show func(T) string) value {
	return value{
		must: rule,
		at:   func() any { return field },
		show: func() string { return show(*field) },
		set: func(given string) error {
			parsed, err := parse(given)
			if err != nil {
				return errors.New("must be " + rule)
			}
			*field = parsed
			return nil
		},
	}
}

// errUnfit says that a text isn't a value; the sentence is the rule's.
var errUnfit = errors.New("unfit")

func fits[T any](v T, ok bool) (T, error) {
	if !ok {
		return v, errUnfit
	}
	return v, nil
}

func same(s string) string { return s }

// text is one line of any text.
func text(field *string) value {
	return must(field, "a line of text", func(s string) (string, error) {
		return fits(s, !strings.ContainsAny(s, "\r\n\x00"))
	}, same)
}

// hidden is a secret of at least so many bytes, or none.
func hidden(field *Secret, least int) value {
	rule := "some text"
	if least > 1 {
		rule = fmt.Sprintf("at least %d characters", least)
	}
	return must(field, rule, func(s string) (Secret, error) {
		return fits(Secret(s), len(s) >= least || s == "")
	}, Secret.String)
}

func choice(field *string, words ...string) value {
	rule := "one of " + strings.Join(words, ", ")
	return must(field, rule, func(s string) (string, error) { return fits(s, slices.Contains(words, s)) }, same)
}

// flag reads the two words only: YAML's yes, on and 1 mean different things to different people.
func flag(field *bool) value {
	return must(field, "true or false", func(s string) (bool, error) {
		return fits(s == "true", s == "true" || s == "false")
	}, strconv.FormatBool)
}

func duration(field *time.Duration, low, high time.Duration) value {
	rule := fmt.Sprintf("a duration such as 30s or 5m, from %s to %s", showDuration(low), showDuration(high))
	return must(field, rule, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		return fits(d, err == nil && low <= d && d <= high)
	}, showDuration)
}

// showDuration is Go's text without the zeros at its end: 12h, not 12h0m0s.
func showDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func integer(field *int, low, high int) value {
	rule := fmt.Sprintf("a whole number from %d to %d", low, high)
	return must(field, rule, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		return fits(n, err == nil && low <= n && n <= high)
	}, strconv.Itoa)
}

func number(field *float64, low, high float64) value {
	rule := fmt.Sprintf("a number from %g to %g", low, high)
	return must(field, rule, func(s string) (float64, error) {
		n, err := strconv.ParseFloat(s, 64)
		return fits(n, err == nil && !math.IsNaN(n) && low <= n && n <= high)
	}, func(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) })
}

// instant is a time with its zone, or none.
func instant(field *time.Time) value {
	return must(field, "a time such as 2026-03-01T08:00:00Z, or empty", func(s string) (time.Time, error) {
		if s == "" {
			return time.Time{}, nil
		}
		t, err := time.Parse(time.RFC3339, s)
		return t.UTC(), err
	}, func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	})
}

// tenCharacters is how Apple writes the ids of keys and teams.
func tenCharacters(field *string) value {
	return must(field, "ten capital letters and digits", func(s string) (string, error) {
		strange := strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
		return fits(s, s == "" || len(s) == 10 && strange == "")
	}, same)
}

func link(field *string) value {
	return must(field, "an http or https address, or empty", func(s string) (string, error) {
		u, err := url.Parse(s)
		return fits(s, s == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil)
	}, same)
}

// networks is a list of CIDR prefixes, by commas. One that can't be read refuses the start: a proxy left out would let
// anyone's header count as nobody's, and a whole station share one rate limit.
func networks(field *[]netip.Prefix) value {
	return must(field, "networks such as 10.0.0.0/8 with commas between, or empty", parseNetworks, func(list []netip.Prefix) string {
		var words []string
		for _, p := range list {
			words = append(words, p.String())
		}
		return strings.Join(words, ", ")
	})
}

func parseNetworks(s string) ([]netip.Prefix, error) {
	if s == "" {
		return nil, nil
	}
	var list []netip.Prefix
	for word := range strings.SplitSeq(s, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(word))
		if err != nil || p != p.Masked() {
			return nil, errUnfit
		}
		list = append(list, p)
	}
	return list, nil
}
