package apns_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"officermobile/push/apns"
)

// What a child process is to do: hand out a token for each minute from one to another.
const (
	childKey  = "APNS_TEST_KEY"
	childTeam = "APNS_TEST_TEAM"
	childFrom = "APNS_TEST_FROM"
	childTo   = "APNS_TEST_TO"
)

func TestMain(m *testing.M) {
	if os.Getenv(childKey) == "" {
		os.Exit(m.Run())
	}
	if err := handOut(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// handOut is the child: a server that lives from one minute to another.
func handOut() error {
	k, err := apns.NewKey("KEY1234567", os.Getenv(childTeam), []byte(os.Getenv(childKey)))
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv(childFrom))
	if err != nil {
		return err
	}
	to, err := strconv.Atoi(os.Getenv(childTo))
	if err != nil {
		return err
	}
	tokens := apns.Tokens{Key: k}
	for minute := from; minute < to; minute++ {
		token, err := tokens.Token(day().Add(time.Duration(minute) * time.Minute))
		if err != nil {
			return err
		}
		fmt.Println(token)
	}
	return nil
}

func day() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }

// processes runs three servers over eight hours, each of which is started again ten times, at times of its own.
func processes(t *testing.T) {
	t.Parallel()
	const servers, lives, hours = 3, 11, 8
	c := start(t).Config().APNs
	seen := make([]string, hours*60) // by minute
	for server := range servers {
		for life := range lives {
			from, to := life*len(seen)/lives, (life+1)*len(seen)/lives
			if life > 0 {
				from += server * 7
			}
			if life < lives-1 {
				to += server * 7
			}
			for i, token := range child(t, c.Key, c.TeamID, from, to) {
				if at := seen[from+i]; at != "" && at != token {
					t.Fatalf("minute %d: a process has another token than the others", from+i)
				}
				seen[from+i] = token
			}
		}
	}
	changed := 0
	for minute, token := range seen {
		if age := day().Add(time.Duration(minute) * time.Minute).Sub(issued(t, token)); age < 0 || age > 55*time.Minute {
			t.Fatalf("minute %d: the token is %v old", minute, age)
		}
		if minute == 0 || token == seen[minute-1] {
			continue
		}
		if minute-changed < 20 {
			t.Errorf("minutes %d and %d: two changes", changed, minute)
		}
		changed = minute
	}
	if changed == 0 {
		t.Error("one token for eight hours")
	}
}

// child is what a process hands out from one minute to another.
func child(t *testing.T, key []byte, team string, from, to int) (tokens []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childKey+"="+string(key), childTeam+"="+team, childFrom+"="+strconv.Itoa(from), childTo+"="+strconv.Itoa(to))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		tokens = append(tokens, lines.Text())
	}
	if len(tokens) != to-from {
		t.Fatalf("%d tokens for %d minutes", len(tokens), to-from)
	}
	return tokens
}
