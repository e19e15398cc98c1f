package cmd_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/ahsn-network/tracker/"

// height is the picture of the house: imports only point down. To change the
// picture, change it here first, in a commit of its own.
var height = map[string]int{
	"cmd/tracker":               6,
	"node":                      5,
	"node/api":                  4,
	"node/backup":               4, // copies of a node's own data
	"node/intake":               4, // lists in and out
	"node/web":                  4,
	"node/workbook":             4, // the national tracker as a sheet, out and back in
	"federation/federationtest": 4, // imported by tests only
	"node/browsertest":          0, // imported by tests only
	"federation":                3,
	"node/report":               4, // the national report as one page
	"node/letters":              3, // to companies, by e-mail
	"federation/registry":       2,
	"federation/totals":         2,
	"federation/gossip":         1,
	"federation/disclosure":     1,
	"federation/link":           1,
	"store":                     1,
	"store/sheet":               1,
	"store/companieshouse":      1, // a copy of the register of companies, to look up
	"store/disk/disktest":       1, // imported by tests only
	"store/disk":                0, // where the order of changes decides what a loss of power leaves
	"federation/identity":       0,
	"store/ledger":              0,
	"store/raftlog":             0,
	"store/survey":              0,
	"config":                    0,
}

// forTests are the rooms that only tests may look into.
var forTests = map[string]bool{"federation/federationtest": true, "store/disk/disktest": true, "node/browsertest": true}

// doors says which rooms alone may name a library, so that it can be replaced
// in one place.
var doors = map[string][]string{
	"github.com/spf13/viper":          {"config"},
	"github.com/hashicorp/memberlist": {"federation/gossip"},
	"github.com/hashicorp/raft":       {"federation/registry", "store/raftlog"},
	"go.etcd.io/bbolt":                {"store", "store/raftlog"},
	"github.com/danielgtaylor/huma":   {"node/api"},
	"github.com/spf13/cobra":          {"cmd/tracker"},
	"github.com/wneessen/go-mail":     {"node/letters"},
	module + "config":                 {"cmd/tracker", "node"},
}

// surfaces declare what they need as interfaces and never see the federation.
var surfaces = []string{"node/api", "node/web"}

// topLevel is what may stand beside dotfiles at the top of the tree.
var topLevel = []string{"cmd", "node", "federation", "store", "config", "deploy", "go.mod", "go.sum", "README.md", "LICENSE"}

type file struct {
	path, room string
	test       bool
	imports    []string
}

func goFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		source, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := file{path: path, room: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go")}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	if len(files) < 20 {
		t.Fatalf("found only %d Go files: is the test looking at the whole tree?", len(files))
	}
	return files
}

func TestImportsPointDown(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.room == "cmd" {
			continue // this test
		}
		from, known := height[f.room]
		if !known {
			t.Errorf("%s: room %s is not in the picture", f.path, f.room)
			continue
		}
		for _, imported := range f.imports {
			room, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			to, known := height[room]
			switch {
			case !known:
				t.Errorf("%s imports %s, which is not in the picture", f.path, room)
			case room == f.room: // an external test of the room itself
			case f.test && forTests[room]:
			case forTests[room]:
				t.Errorf("%s imports %s, which is for tests only", f.path, room)
			case to >= from && !(f.test && to < 4):
				t.Errorf("%s (height %d) imports %s (height %d)", f.path, from, room, to)
			}
			if slices.Contains(surfaces, f.room) && !f.test && strings.HasPrefix(room, "federation") {
				t.Errorf("%s: a surface imports %s: declare an interface instead", f.path, room)
			}
		}
	}
}

func TestLibrariesBehindTheirDoors(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, imported := range f.imports {
			for library, rooms := range doors {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && f.room != strings.TrimPrefix(library, module) && !slices.Contains(rooms, f.room) {
					t.Errorf("%s imports %s: only %s may", f.path, imported, strings.Join(rooms, " and "))
				}
			}
		}
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
	for _, name := range topLevel {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			t.Errorf("the top level lacks %s", name)
		}
	}
}
