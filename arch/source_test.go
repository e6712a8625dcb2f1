package arch_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// file is one parsed Go file.
type file struct {
	path      string // with slashes, from the repository's root
	dir       string
	source    []byte
	tree      *ast.File
	fset      *token.FileSet
	test      bool
	generated bool
}

// packageName tells apart what shares a folder: a package and its external tests.
func (f file) packageName() string { return f.dir + " " + f.tree.Name.Name }

// imports are the paths that the file imports.
func (f file) imports() []string {
	var list []string
	for _, spec := range f.tree.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		list = append(list, name)
	}
	return list
}

// at names a place as file:line.
func (f file) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(n.Pos()).Line)
}

// parse reads every Go file of the tree but other people's: what npm installed, test data, and hidden folders.
func parse(root fs.FS) ([]file, error) {
	var files []file
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && skipped(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parseFile(root, name)
		files = append(files, f)
		return err
	})
	return files, err
}

func skipped(dir string) bool {
	return dir == "node_modules" || dir == "testdata" || dir == "vendor" || strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_")
}

func parseFile(root fs.FS, name string) (file, error) {
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return file{}, err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, source, parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	return file{
		path:      name,
		dir:       path.Dir(name),
		source:    source,
		tree:      tree,
		fset:      fset,
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(tree),
	}, nil
}

func (f file) lines() int { return bytes.Count(f.source, []byte("\n")) }
