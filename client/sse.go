package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// maxFrameBytes bounds one server-sent event: several times the largest page.
const maxFrameBytes = 4 << 20

var errFrame = errors.New("a frame of the stream is too large")

// event is one server-sent event. Name "" is a comment: the heartbeat.
type event struct {
	name, id string
	data     []byte
}

// events reads a stream of server-sent events as the WHATWG standard has it, as far as this server uses it: comments
// are handed on, since they show that the connection lives.
type events struct{ r *bufio.Reader }

func newEvents(r io.Reader) *events { return &events{bufio.NewReader(r)} }

// next answers the next event or comment. An event that the end of the stream cuts short is none.
func (e *events) next() (event, error) {
	var ev event
	size := 0
	for {
		line, err := e.line(maxFrameBytes - size)
		if err != nil {
			return event{}, err
		}
		size += len(line)
		switch {
		case len(line) == 0 && (ev.name != "" || ev.data != nil):
			return ev, nil
		case len(line) == 0:
			ev = event{}
		case line[0] == ':':
			if ev.name == "" && ev.data == nil {
				return event{}, nil
			}
		default:
			ev.field(line)
		}
	}
}

func (ev *event) field(line []byte) {
	name, value, _ := strings.Cut(string(line), ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "event":
		ev.name = value
	case "id":
		ev.id = value
	case "data":
		if ev.data != nil {
			ev.data = append(ev.data, '\n')
		}
		ev.data = append(ev.data, value...)
	}
}

// line is the next line without its end.
func (e *events) line(most int) ([]byte, error) {
	var line []byte
	for {
		part, err := e.r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > most {
			return nil, errFrame
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}
