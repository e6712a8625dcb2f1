package api_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/gzip"
)

// reversed has the same letters, so that it costs a compressor the same unless it knows the one of them.
func reversed(s string) string {
	letters := []byte(s)
	slices.Reverse(letters)
	return string(letters)
}

// TestTokensAreNotCompressedWithTexts: the length of an answer does not tell how much a text that somebody else wrote
// resembles the tokens beside it (BREACH).
func TestTokensAreNotCompressedWithTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(text string, accept string) (wire.SyncAnswer[any], int, []byte) {
		w.service.page = &wire.Page[any]{T: strings.Repeat("filler ", 100) + text}
		// The predecessor goes on being exchanged for the same successor: what a spy who cuts answers off would use.
		body := `{"schema":1,"renew":"` + w.tokens[0]["officer"].Refresh + `"}`
		rec := w.call(0, "", "POST", "/v1/sync", body, header("Device-Key", w.key), header("Accept-Encoding", accept))
		wantStatus(t, rec, http.StatusOK)
		length, plain := rec.Body.Len(), io.Reader(rec.Body)
		if accept != "" {
			if rec.Header().Get("Content-Encoding") != "gzip" {
				t.Fatalf("got %v, want it compressed", rec.Header())
			}
			z, err := stdgzip.NewReader(rec.Body)
			check(t, err)
			plain = z
		}
		read, err := io.ReadAll(plain)
		check(t, err)
		var answer wire.SyncAnswer[any]
		check(t, json.Unmarshal(read, &answer))
		return answer, length, read
	}
	first, _, plain := ask("", "")
	if first.Session == nil || first.Page == nil {
		t.Fatalf("got %s, want a session and a page", plain)
	}
	token := first.Session.Refresh
	same, hit, read := ask(token, "gzip")
	_, miss, _ := ask(reversed(token), "gzip")
	if same.Session.Refresh != token || same.Page.T != strings.Repeat("filler ", 100)+token {
		t.Fatalf("got another answer: %+v", same)
	}
	if diff := miss - hit; diff > 4 || diff < -4 {
		t.Errorf("a text that is the token has %d bytes, another %d: the length tells", hit, miss)
	}
	together := zipped(t, read)
	apart := zipped(t, bytes.Replace(read, []byte("filler "+token), []byte("filler "+reversed(token)), 1))
	if apart-together < 20 {
		t.Errorf("compressed with its tokens the answer has %d and %d bytes: the test would not see the leak", together, apart)
	}
	t.Logf("%d bytes plain, %d with the session apart, %d all together", len(read), miss, apart)
}

func zipped(t *testing.T, plain []byte) int {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, 3)
	check(t, err)
	_, err = z.Write(plain)
	check(t, err)
	check(t, z.Close())
	return out.Len()
}
