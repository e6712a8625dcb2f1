package cli_test

import (
	"strings"
	"testing"
	"time"

	"officermobile/cli"
)

func TestTable(t *testing.T) {
	t.Parallel()
	table := cli.NewTable("device", "events", "p99", "mixed")
	table.Row("phone-1", 12, 1500*time.Millisecond, 1)
	table.Row("Ångström tablet", 1234567, 20*time.Microsecond, "two")
	table.Row("evil\x1b[2J\nname", nil, nil)
	var got strings.Builder
	n, err := table.WriteTo(&got)
	if err != nil || n != int64(got.Len()) {
		t.Fatalf("got %d and %v, want %d and no error", n, err, got.Len())
	}
	want := strings.Join([]string{
		"device            events   p99  mixed",
		"phone-1               12  1.5s  1",
		"Ångström tablet  1234567  20µs  two",
		"evil.[2J.name",
		"",
	}, "\n")
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	if table.Len() != 3 {
		t.Errorf("got %d rows, want 3", table.Len())
	}
}

func TestTableRefusesCellsTooMany(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want one")
		}
	}()
	cli.NewTable("a").Row(1, 2)
}
