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

// height is the picture of the house, from the top to the ground: imports only
// point down. To change the picture, change it here first, in a commit of its own.
var height = map[string]int{
	"cmd/tracker": 10, // the verbs

	"cmd/tracker/bench":   9, // measures running nodes
	"cmd/tracker/demo":    9, // a whole federation on one machine
	"cmd/tracker/imports": 9, // the verbs that take lists in

	"cmd/tracker/cli": 8, // what every verb stands on: run, client, profile, output, exit

	"node": 7, // one region's running node

	"node/api":                  6, // the HTTP API
	"node/backup":               6, // encrypted copies of a node's own data
	"node/intake":               6, // lists in and out
	"node/report":               6, // the national report as one page
	"node/respond":              6, // the companies' own form
	"node/web":                  6, // the staff's pages
	"node/workbook":             6, // the national tracker as one sheet, whose edits come back
	"federation/federationtest": 6, // whole federations on fake time; imported by tests only

	"federation":         5, // composes the rooms below
	"node/page":          5, // templates, static files and words that the pages share
	"node/page/pagetest": 5, // a browser, golden pages and axe; imported by tests only
	"node/letters":       5, // to companies, by e-mail

	"federation/registry": 4, // one node's replica under raft
	"node/middleware":     4, // what stands before every handler of both surfaces

	"federation/registry/receipt": 3, // the proof of a decision, checked without a node
	"federation/registry/search":  3, // the index of names

	"federation/registry/state": 2, // who surveys whom: decides, purely
	"federation/totals":         2, // signed summaries, their exchange and their merge

	"federation/disclosure": 1, // what may leave a node: pure rules
	"federation/gossip":     1, // who is there and what is new
	"federation/link":       1, // the one port between nodes
	"store":                 1, // the region's own records
	"store/companieshouse":  1, // a copy of the register of companies, to look up
	"store/sessions":        1, // who is signed in
	"store/sheet":           1, // people's lists, in and out
	"store/summaries":       1, // the summaries of all regions that this node keeps
	"store/disk/disktest":   1, // imported by tests only

	"config":              0, // settings
	"federation/identity": 0, // a node's key and its id
	"node/browsertest":    0, // a browser for the tests; imported by tests only
	"store/boltfile":      0, // one bbolt file: envelope, checksum, errors
	"store/disk":          0, // the order of changes that survives a loss of power
	"store/ledger":        0, // signed rows and tree hashes behind receipts
	"store/notifier":      0, // tells waiters that something changed
	"store/raftlog":       0, // the log under raft
	"store/survey":        0, // the vocabulary
}

// forTests are the rooms that only tests may look into.
var forTests = map[string]bool{"federation/federationtest": true, "store/disk/disktest": true, "node/browsertest": true, "node/page/pagetest": true}

// doors says which rooms alone may name a library, so that it can be replaced
// in one place.
var doors = map[string][]string{
	"github.com/spf13/viper":          {"config"},
	"github.com/hashicorp/memberlist": {"federation/gossip"},
	"github.com/hashicorp/raft":       {"federation/registry", "store/raftlog"},
	"go.etcd.io/bbolt":                {"store", "store/boltfile", "store/raftlog", "store/sessions", "store/summaries"},
	"github.com/danielgtaylor/huma":   {"node/api"},
	"github.com/spf13/cobra":          {"cmd/tracker", "cmd/tracker/bench", "cmd/tracker/cli", "cmd/tracker/demo", "cmd/tracker/imports"},
	"github.com/wneessen/go-mail":     {"node/letters"},
	module + "config":                 {"cmd/tracker", "cmd/tracker/cli", "cmd/tracker/demo", "node"},
}

// surfaces declare what they need as interfaces and never see the federation.
var surfaces = []string{"node/api", "node/respond", "node/web"}

// topLevel is what may stand beside dotfiles at the top of the tree.
var topLevel = []string{"cmd", "node", "federation", "store", "config", "deploy", "findings", "go.mod", "go.sum", "README.md", "LICENSE"}

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
			case (f.test || forTests[f.room]) && forTests[room]:
			case forTests[room]:
				t.Errorf("%s imports %s, which is for tests only", f.path, room)
			case to >= from && !(f.test && to < 6):
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
