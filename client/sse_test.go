package client_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"officermobile/client"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	in := ":\n\nid: t1\nevent: page\ndata: {\"a\":1}\n\n: beat\n\nevent:mark\r\nid:t2\r\n\r\ndata: one\ndata: " + long + "\nretry: 5\n\n\n\nevent: page\ndata: cut sho"
	names, ids, data, err := client.Events(iotest.OneByteReader(strings.NewReader(in)))
	if !errors.Is(err, io.EOF) {
		t.Errorf("err = %v", err)
	}
	if want := []string{"", "page", "", "mark", ""}; !slices.Equal(names, want) {
		t.Errorf("names = %q", names)
	}
	if want := []string{"", "t1", "", "t2", ""}; !slices.Equal(ids, want) {
		t.Errorf("ids = %q", ids)
	}
	if want := []string{"", `{"a":1}`, "", "", "one\n" + long}; !slices.Equal(data, want) {
		t.Errorf("data differs")
	}
	if _, _, _, err := client.Events(strings.NewReader("data: " + strings.Repeat("x", 5<<20))); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("a frame without end: %v", err)
	}
}

func FuzzEvents(f *testing.F) {
	f.Add("id: t1\nevent: page\ndata: {}\n\n")
	f.Fuzz(func(t *testing.T, in string) {
		if _, _, _, err := client.Events(strings.NewReader(in)); err == nil {
			t.Error("no end")
		}
	})
}
