package api_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// steady gives what differs from run to run one form: ids in the order in which they come up, times the same moment,
// secrets a word. A document that is made anew then differs only where the API does.
type steady struct{ ids map[string]string }

func newSteady() *steady { return &steady{ids: map[string]string{}} }

// moment stands for all times.
const (
	moment      = "2026-01-01T08:00:00Z"
	momentMS    = "1767254400000"
	momentsFrom = 1_500_000_000_000 // no other number of ours is as large
)

// words replace the values of these names: secrets, and what is random or hangs on how long the test took.
var words = map[string]string{
	"access": "ACCESS-TOKEN", "refresh": "REFRESH-TOKEN", "renew": "REFRESH-TOKEN", "password": "PASSWORD-OF-THE-USER", "old": "OLD-PASSWORD",
	"device_key": "KEY-OF-THE-DEVICE", "t": "SYNC-TOKEN", "kid": "KEY-ID", "x": "PUBLIC-KEY", "y": "PUBLIC-KEY",
	"header": "QkFTRTY0", "salt": "QkFTRTY0", "bytes": "QkFTRTY0",
}

// counts replace numbers that hang on how long the test took, or on what else the tour does.
var counts = map[string]string{"seq": "1200", "expires_in_s": "600", "heard_s": "0", "age_s": "0", "stale_ms": "0",
	"micros": "1000", "bytes_in": "200", "bytes_out": "500"}

var (
	idForm   = regexp.MustCompile(`(^|[^A-Za-z0-9_-])([A-Za-z0-9_-]{22})($|[^A-Za-z0-9_-])`)
	timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$`)
	rowForm  = regexp.MustCompile(`(\[\d+,"[A-Za-z0-9_-]*",\d+,)\d+(,")`) // of a message: milliseconds after the row before
	dateForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
)

// text rewrites the ids in a string.
func (s *steady) text(in string) string {
	return idForm.ReplaceAllStringFunc(in, func(found string) string {
		m := idForm.FindStringSubmatch(found)
		return m[1] + s.id(m[2]) + m[3]
	})
}

// id is the same for the same id, and a version 7 by its bits, as all are.
func (s *steady) id(in string) string {
	if raw, err := base64.RawURLEncoding.DecodeString(in); err != nil || raw[6]>>4 != 7 {
		return in
	}
	if s.ids[in] == "" {
		b := [16]byte{0x01, 0x9b, 0x76, 0xda, 0xa8, 0, 0x70, 0, 0x80}
		b[14], b[15] = byte(len(s.ids)>>8), byte(len(s.ids))
		s.ids[in] = base64.RawURLEncoding.EncodeToString(b[:])
	}
	return s.ids[in]
}

// rewrite does so with a JSON value, whose names and order stay.
func (s *steady) rewrite(t testing.TB, in jsontext.Value) jsontext.Value {
	t.Helper()
	if len(in) == 0 {
		return nil
	}
	var out bytes.Buffer
	d, e := jsontext.NewDecoder(bytes.NewReader(in)), jsontext.NewEncoder(&out)
	name := ""
	for {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return rowForm.ReplaceAll(bytes.TrimSpace(out.Bytes()), []byte("${1}1000${2}"))
		}
		check(t, err)
		switch kind, n := d.StackIndex(d.StackDepth()); {
		case kind == '{' && n%2 == 1 && token.Kind() == '"':
			name = token.String()
			token = jsontext.String(s.text(name))
		case token.Kind() == '"':
			token = jsontext.String(s.value(name, token.String()))
		case token.Kind() == '0':
			token = s.number(t, name, token)
		}
		check(t, e.WriteToken(token))
	}
}

func (s *steady) value(name, in string) string {
	switch {
	case words[name] != "":
		return words[name]
	case strings.HasPrefix(in, "omk_"): // the other things that are called a key are public
		return "omk_KEY-OF-THE-INTEGRATION"
	case timeForm.MatchString(in):
		return moment
	case dateForm.MatchString(in):
		return moment[:len("2026-01-01")]
	}
	return s.text(in)
}

func (s *steady) number(t testing.TB, name string, token jsontext.Token) jsontext.Token {
	t.Helper()
	text := token.String()
	if v, err := strconv.ParseFloat(text, 64); err == nil && v > momentsFrom {
		text = momentMS
	}
	if counts[name] != "" {
		text = counts[name]
	}
	v, err := strconv.ParseFloat(text, 64)
	check(t, err)
	return jsontext.Float(v)
}
