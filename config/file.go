package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// fileEntries reads the YAML file: sections within sections, and a scalar or a list of scalars for each setting. It
// keeps the text of a scalar as it was written, so that each setting alone decides what it accepts.
func fileEntries(read Reader, path string, known map[string]bool) (entries, error) {
	given := make(entries)
	if path == "" {
		return given, nil
	}
	name := filepath.Base(path)
	raw, err := read(path)
	if err != nil {
		return nil, &Error{From: name, Problem: "cannot be read"}
	}
	tree, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, &Error{From: at(name, lineOf(err)), Problem: "is not valid YAML"}
	}
	if len(tree.Docs) > 1 {
		return nil, &Error{From: name, Problem: "holds more than one document"}
	}
	w := walk{name: name, known: known, given: given}
	for _, doc := range tree.Docs {
		if err := w.section("", doc.Body); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// lineOf is where the parser stopped, or 0. Its own text quotes the source, which may hold a secret.
func lineOf(err error) int {
	var broken yaml.Error
	if errors.As(err, &broken) && broken.GetToken() != nil {
		return broken.GetToken().Position.Line
	}
	return 0
}

func at(name string, line int) string {
	if line == 0 {
		return name
	}
	return fmt.Sprintf("%s:%d", name, line)
}

// walk gathers entries from the tree.
type walk struct {
	name  string
	known map[string]bool
	given entries
}

func (w walk) refuse(key string, n ast.Node, problem string) error {
	return &Error{Key: clip(key), From: at(w.name, n.GetToken().Position.Line), Problem: problem}
}

func (w walk) section(key string, n ast.Node) error {
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode: // a file of comments, or a section whose settings are commented out
		return nil
	case *ast.MappingNode:
		for _, pair := range n.Values {
			if err := w.pair(key, pair); err != nil {
				return err
			}
		}
		return nil
	}
	if key == "" {
		return &Error{From: at(w.name, n.GetToken().Position.Line), Problem: "must be sections of settings"}
	}
	return w.refuse(key, n, "must be a section of settings")
}

func (w walk) pair(section string, pair *ast.MappingValueNode) error {
	key, err := join(section, pair.Key)
	if err != nil {
		return w.refuse(section, pair, err.Error())
	}
	if !w.known[key] {
		if !w.isSection(key) {
			return w.refuse(key, pair, "is not a setting")
		}
		return w.section(key, pair.Value)
	}
	text, err := scalars(pair.Value)
	if err != nil {
		return w.refuse(key, pair, err.Error())
	}
	w.given[key] = entry{text: text, from: at(w.name, pair.GetToken().Position.Line)}
	return nil
}

func join(section string, key ast.MapKeyNode) (string, error) {
	word, ok := key.(*ast.StringNode)
	if !ok {
		return "", errors.New("holds a key that is not a plain word")
	}
	if section == "" {
		return word.Value, nil
	}
	return section + "." + word.Value, nil
}

func (w walk) isSection(key string) bool {
	for known := range w.known {
		if strings.HasPrefix(known, key+".") {
			return true
		}
	}
	return false
}

// scalars is the text of one scalar, or of several with commas between.
func scalars(n ast.Node) (string, error) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return scalar(n)
	}
	var words []string
	for _, item := range list.Values {
		word, err := scalar(item)
		if err != nil {
			return "", err
		}
		words = append(words, word)
	}
	return strings.Join(words, ","), nil
}

func scalar(n ast.Node) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode: // a block of lines, such as a key in PEM
		return strings.TrimSuffix(n.Value.Value, "\n"), nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, nil
	case nil, *ast.NullNode:
		return "", errors.New(`has no value; write "" for an empty one`)
	}
	return "", errors.New("must be a plain value")
}
