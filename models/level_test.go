package models_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"officermobile/models"
)

// eventTypes are the names that event.go can decode.
func eventTypes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CaseClause)
		if !ok {
			return true
		}
		for _, e := range c.List {
			if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
				name, err := strconv.Unquote(l.Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

func TestEveryEventTypeHasALevel(t *testing.T) {
	t.Parallel()
	names := eventTypes(t)
	if len(names) < 30 {
		t.Fatalf("event.go has %d types, which can't be all", len(names))
	}
	for _, name := range names {
		if l := models.LevelOf(name); l < 1 || l > models.CurrentLevel {
			t.Errorf("%s: level %d; list it in level.go", name, l)
		}
	}
	if l := models.LevelOf("message.shouted"); l != 0 {
		t.Errorf("an unknown type: got level %d, want 0", l)
	}
}

func TestOnlyTheSystemRaisesTheLevel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if w.state.Agency.Level != models.CurrentLevel {
		t.Fatalf("a new agency: got level %d, want %d", w.state.Agency.Level, models.CurrentLevel)
	}
	w.nothing(models.UserID{}, &models.RaiseLevel{})
	w = newWorldAt(t, 1)
	w.refuse(w.admin, &models.RaiseLevel{}, "forbidden")
	w.do(models.UserID{}, &models.RaiseLevel{})
	if w.state.Agency.Level != models.CurrentLevel {
		t.Errorf("got level %d, want %d", w.state.Agency.Level, models.CurrentLevel)
	}
	if _, err := models.DecodeCommand("agency.raise_level", []byte(`{}`)); err == nil {
		t.Error("a client can send it")
	}
}
