package api_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"officermobile/models"

	"github.com/go-json-experiment/json"
)

// write is an operation that takes a body, with a body that it would take.
type write struct {
	name, method, path, who string
	body                    map[string]any
	first                   string // the name of a field
	limit                   int64
}

// panicButton takes what others refuse: see panic_button_test.go.
const panicButton = "POST /v1/duress"

// writes are all operations with a body but that, from the document: a new one is tested without a line here.
func (w *world) writes() []write {
	var all []write
	for _, name := range routesOf(w) {
		method, path, _ := strings.Cut(name, " ")
		op := operations(w.api.Document().Paths[path])[method]
		if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil || name == panicButton { // or it is a file
			continue
		}
		one := write{name: name, method: method, path: filled(path, absent), body: map[string]any{}, limit: op.MaxBodyBytes - 1}
		schema := op.RequestBody.Content["application/json"].Schema
		if schema.Ref != "" {
			schema = w.api.Document().Components.Schemas.SchemaFromRef(schema.Ref)
		}
		one.first = slices.Sorted(maps.Keys(schema.Properties))[0]
		if body := matrix[name].body; body != "" {
			check(w.t, json.Unmarshal([]byte(body), &one.body))
		}
		for _, p := range staff[:5] {
			if strings.Contains(matrix[name].types, p.name[:1]) {
				one.who = p.name
				break
			}
		}
		all = append(all, one)
	}
	if len(all) < 20 {
		w.t.Fatalf("got %d operations with a body, want them all", len(all))
	}
	return all
}

func (w *world) try(one write, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	return w.call(0, one.who, one.method, one.path, body, change...)
}

// with is the body with one more field, first or last.
func (one write) with(t *testing.T, field string, value any) string {
	t.Helper()
	body := maps.Clone(one.body)
	body[field] = value
	text, err := json.Marshal(body)
	check(t, err)
	return string(text)
}

// position is how far both agencies' logs have come, but for the rings of the urgent message, which come with time.
func (w *world) position() [2]uint64 {
	var at [2]uint64
	for i := range at {
		check(w.t, w.View(w.t.Context(), w.ids[i], func(s *models.State) error {
			at[i] = uint64(s.Seq)
			if u := s.Urgent(message); u != nil && u.Again {
				at[i] -= 1 + uint64(u.Step)
			}
			return nil
		}))
	}
	return at
}

// set are the fields that only the server may set.
var set = []string{"sender_id", "role", "created_at", "seq", "acked_by", "is_admin"}

// TestT6_OnlyTheServerSetsWhatItSets: no write takes a field that is not the client's to set, and none has an effect.
func TestT6_OnlyTheServerSetsWhatItSets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.position()
	for _, one := range w.writes() {
		for _, field := range append([]string{"agency_id"}, set...) {
			if one.name == "POST /v1/sign-in" && field == "agency_id" {
				continue // there it says where to sign in
			}
			rec := w.try(one, one.with(t, field, canary))
			if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), field) {
				t.Errorf("%s with %s: got %d with %s, want 422 that names it", one.name, field, rec.Code, rec.Body)
			}
			if strings.Contains(rec.Body.String(), canary) {
				t.Errorf("%s with %s: the answer repeats the value: %s", one.name, field, rec.Body)
			}
		}
	}
	if got := w.position(); got != before {
		t.Errorf("the logs went from %v to %v", before, got)
	}
}

// commandName finds the types of commands where they are made: there is no list to forget one in.
var commandName = regexp.MustCompile(`case "([a-z_]+\.[a-z_]+)":`)

// TestT6_OutboxesToo: the same for every type of command that can come in an outbox. A duress alone is not lost for a field
// that nobody knows: there it has no effect.
func TestT6_OutboxesToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source, err := os.ReadFile("../models/command.go")
	check(t, err)
	names := commandName.FindAllStringSubmatch(string(source), -1)
	if len(names) < 30 {
		t.Fatalf("got %d types of commands", len(names))
	}
	for _, name := range names {
		for _, field := range append([]string{"agency"}, set...) {
			b, err := models.DecodeCommand(name[1], []byte(`{"`+field+`":"`+canary+`"}`))
			if press, ok := b.(*models.DuressRaise); ok && *press == (models.DuressRaise{}) && err == nil {
				continue
			}
			if err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("%s with %s: got error %v, want a refusal without the value", name[1], field, err)
			}
		}
	}
	before := w.position()
	rec := w.call(0, "admin", "POST", "/v1/sync", `{"schema":1,"lanes":{"0":{"first":1,"commands":[{"id":"`+absent+`","type":"duty.off","body":{"is_admin":true}}]}}}`)
	wantStatus(t, rec, http.StatusOK)
	if !strings.Contains(rec.Body.String(), `"rejected"`) {
		t.Errorf("got %s, want the command rejected", rec.Body)
	}
	if got := w.position(); got[0] != before[0]+1 { // the lane's refusal, and nothing else
		t.Errorf("the logs went from %v to %v", before, got)
	}
}

// TestT7_JSONIsRead strictly by every write: what a lenient reader takes is refused, and nothing that was sent is in
// the answer or the log (B1 1-4).
func TestT7_JSONIsReadStrictly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.position()
	for _, one := range w.writes() {
		field := `"` + one.first + `"`
		whole := one.with(t, one.first, canary)
		other := strings.ToUpper(one.first)
		corpus := map[string]string{
			"another case":   `{` + strings.Replace(field, one.first, other, 1) + `:"` + canary + `"}`,
			"case beside":    `{` + field + `:"a",` + strings.Replace(field, one.first, other, 1) + `:"` + canary + `"}`,
			"duplicate":      `{` + field + `:"` + canary + `",` + field + `:"` + canary + `"}`,
			"trailing":       whole + ` {"` + canary + `":1}`,
			"trailing words": whole + canary,
			"not UTF-8":      `{` + field + ":\"" + canary + "\xff\"}",
			"lone surrogate": `{` + field + `:"\ud800` + canary + `"}`,
			"deep list":      `{` + field + `:` + strings.Repeat("[", 20_000) + canary,
			"deep objects":   strings.Repeat(`{"a":`, 20_000) + canary,
			"cut off":        whole[:len(whole)-1],
			"null":           `null`,
			"list":           `["` + canary + `"]`,
			"comment":        `/* ` + canary + ` */` + whole,
			"NUL":            whole + "\x00" + canary,
			"BOM":            "\ufeff" + whole,
			"number":         `{` + field + `:1e999}`,
			"empty":          ` `,
		}
		for name, body := range corpus {
			rec := w.try(one, body)
			if rec.Code < 400 || rec.Code >= 500 || rec.Code == http.StatusNotFound || rec.Code == http.StatusUnauthorized {
				t.Errorf("%s, %s: got %d with %s, want it refused as it stands", one.name, name, rec.Code, rec.Body)
			}
			if strings.Contains(rec.Body.String(), canary) || rec.Body.Len() > 1000 {
				t.Errorf("%s, %s: the answer repeats what was sent: %s", one.name, name, rec.Body)
			}
		}
	}
	if got := w.position(); got != before {
		t.Errorf("the logs went from %v to %v", before, got)
	}
	if strings.Contains(w.logs.String(), canary) {
		t.Errorf("the log has what was sent")
	}
}

// TestT22_BodiesAreBounded: each write takes a body of its limit and refuses one byte more, whether its length is
// told or not.
func TestT22_BodiesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, one := range w.writes() {
		most := `{"` + strings.Repeat("a", int(one.limit)-6) + `":1`
		most += strings.Repeat(" ", int(one.limit)-len(most)-1) + "}"
		if int64(len(most)) != one.limit {
			t.Fatalf("%s: made %d bytes, want %d", one.name, len(most), one.limit)
		}
		for name, change := range map[string]func(*http.Request){"told": func(*http.Request) {}, "untold": untold} {
			if rec := w.try(one, most, change); rec.Code != http.StatusUnprocessableEntity || rec.Body.Len() > 1000 {
				t.Errorf("%s at its limit, %s: got %d with %s, want 422 for the field", one.name, name, rec.Code, rec.Body)
			}
			if rec := w.try(one, most+" ", change); rec.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("%s above its limit, %s: got %d with %s, want 413", one.name, name, rec.Code, rec.Body)
			}
		}
	}
}

// TestT22_ListsAreBounded: no list answers more than its limit, which nobody can raise.
func TestT22_ListsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bounded := 0
	for _, name := range routesOf(w) {
		method, path, _ := strings.Cut(name, " ")
		for _, p := range operations(w.api.Document().Paths[path])[method].Parameters {
			if p.Name != "limit" {
				continue
			}
			bounded++
			if p.Schema.Maximum == nil || *p.Schema.Maximum > 1000 {
				t.Errorf("%s: got limit %+v, want a maximum", name, p.Schema)
				continue
			}
			for _, limit := range []string{strconv.Itoa(int(*p.Schema.Maximum) + 1), "0", "-1", "99999999999999999999", "x", "1e3"} {
				rec := w.call(0, "admin", method, filled(path, absent)+"?limit="+limit, "")
				if rec.Code != http.StatusUnprocessableEntity {
					t.Errorf("%s with limit %s: got %d with %s, want 422", name, limit, rec.Code, rec.Body)
				}
			}
		}
	}
	if bounded < 5 {
		t.Errorf("got %d lists with a limit", bounded)
	}
}

// TestT23_CompressedBodiesAreRefused: what is not inflated can't be a bomb.
func TestT23_CompressedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, one := range w.writes() {
		for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "identity", "x"} {
			if rec := w.try(one, `{}`, header("Content-Encoding", encoding)); rec.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s, %s: got %d with %s, want 415", one.name, encoding, rec.Code, rec.Body)
			}
		}
		for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/jsonp", ""} {
			if rec := w.try(one, `{}`, header("Content-Type", media)); rec.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s as %q: got %d with %s, want 415", one.name, media, rec.Code, rec.Body)
			}
		}
	}
}
