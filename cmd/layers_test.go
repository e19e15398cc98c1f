package cmd_test

import (
	"fmt"
	"go/ast"
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
	"cmd/tracker/claims":  9, // the registry's verbs: organisations, campaigns, claims
	"cmd/tracker/demo":    9, // a whole federation on one machine
	"cmd/tracker/figures": 9, // the verbs of totals, certified years and their proofs
	"cmd/tracker/imports": 9, // the verbs that take lists in
	"cmd/tracker/records": 9, // the verbs of a region's own records and answers

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

	"federation/registry/receipt":         3, // the proof of a decision, checked without a node
	"federation/registry/search":          3, // the index of names
	"federation/registry/state/statetest": 3, // imported by tests only

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
	"store/ledger":        0, // signed rows and tree hashes behind receipts
	"store/notifier":      0, // tells waiters that something changed
	"store/raftlog":       0, // the log under raft

	"store/disk":   -1, // the order of changes that survives a loss of power
	"store/survey": -1, // the vocabulary
}

// surface is the height of what people and programs meet. Tests may reach from
// anywhere to every room below.
const surface = 6

// pure are the rooms whose answers follow from their arguments alone, so that
// every node decides alike: the second picture.
var pure = []string{"federation/registry/state", "federation/disclosure", "store/survey"}

// impure are what a pure room must not import, packages below included: what
// waits, what differs between nodes, what is kept elsewhere.
var impure = []string{"context", "crypto/rand", "log", "math/rand", "net", "os", "github.com/hashicorp/raft", "go.etcd.io/bbolt",
	module + "store/raftlog", module + "store/ledger", module + "store/disk"}

// harmless are packages below an impure one that only work on their arguments.
var harmless = []string{"net/mail"}

// clocks are the functions of package time that a pure room must not name.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}

// forTests are the rooms that only tests may look into.
var forTests = map[string]bool{"federation/federationtest": true, "federation/registry/state/statetest": true,
	"store/disk/disktest": true, "node/browsertest": true, "node/page/pagetest": true}

// doors says which rooms, or single files, alone may name a library, so that it
// can be replaced in one place.
var doors = map[string][]string{
	"github.com/spf13/viper":          {"config"},
	"github.com/hashicorp/memberlist": {"federation/gossip"},
	"github.com/hashicorp/raft":       {"federation/registry", "store/raftlog"},
	"go.etcd.io/bbolt": {"store/boltfile", "store/raftlog",
		"store/commit_test.go"}, // damages values beneath the envelopes, which shipped code cannot do
	"github.com/danielgtaylor/huma": {"node/api"},
	"github.com/spf13/cobra": {"cmd/tracker", "cmd/tracker/bench", "cmd/tracker/claims", "cmd/tracker/cli", "cmd/tracker/demo",
		"cmd/tracker/figures", "cmd/tracker/imports", "cmd/tracker/records"},
	"github.com/wneessen/go-mail": {"node/letters"},
	module + "config":             {"cmd/tracker", "cmd/tracker/cli", "cmd/tracker/demo", "node"},
}

// surfaces declare what they need as interfaces and never see the federation.
var surfaces = []string{"node/api", "node/respond", "node/web"}

// topLevel is what may stand beside dotfiles at the top of the tree.
var topLevel = []string{"cmd", "node", "federation", "store", "config", "deploy", "findings", "go.mod", "go.sum", "README.md", "LICENSE"}

type file struct {
	path, room string
	test       bool
	imports    []string
	clocks     []string // functions of package time that tell the time or wait
}

// parse reads what the rules are about.
func parse(path string, source []byte) (file, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	f := file{path: path, room: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go")}

	timeName := ""
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, name)
		if name == "time" {
			if timeName = "time"; spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
	}

	ast.Inspect(parsed, func(n ast.Node) bool {
		used := ""
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == timeName {
				used = n.Sel.Name
			}
		case *ast.Ident: // an import with a dot hides where a name is from
			if timeName == "." {
				used = n.Name
			}
		}
		if slices.Contains(clocks, used) {
			f.clocks = append(f.clocks, "time."+used)
		}
		return true
	})
	return f, nil
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
		f, err := parse(path, source)
		if err != nil {
			return err
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
		for _, problem := range upward(f) {
			t.Error(problem)
		}
	}
}

// upward says which imports of the file the first picture does not have.
func upward(f file) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, f.path+fmt.Sprintf(format, args...)) }
	from, known := height[f.room]
	if !known {
		add(": room %s is not in the picture", f.room)
		return problems
	}
	for _, imported := range f.imports {
		room, ours := strings.CutPrefix(imported, module)
		if !ours {
			continue
		}
		to, known := height[room]
		switch {
		case !known:
			add(" imports %s, which is not in the picture", room)
		case room == f.room: // an external test of the room itself
		case (f.test || forTests[f.room]) && forTests[room]:
		case forTests[room]:
			add(" imports %s, which is for tests only", room)
		case to >= from && !(f.test && to < surface):
			add(" (height %d) imports %s (height %d)", from, room, to)
		}
		if slices.Contains(surfaces, f.room) && !f.test && strings.HasPrefix(room, "federation") {
			add(": a surface imports %s: declare an interface instead", room)
		}
	}
	return problems
}

func TestPureRoomsStayPure(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, problem := range impurities(f) {
			t.Error(problem)
		}
	}
}

// impurities says what the file of a pure room must not name.
func impurities(f file) (problems []string) {
	if !slices.Contains(pure, f.room) || f.test {
		return nil
	}
	for _, imported := range f.imports {
		outside := func(banned string) bool { return imported == banned || strings.HasPrefix(imported, banned+"/") }
		if slices.ContainsFunc(impure, outside) && !slices.Contains(harmless, imported) || imported == module+"store" {
			problems = append(problems, fmt.Sprintf("%s imports %s: room %s is pure", f.path, imported, f.room))
		}
	}
	for _, name := range f.clocks {
		problems = append(problems, fmt.Sprintf("%s names %s: room %s is pure, the time comes with the entry", f.path, name, f.room))
	}
	return problems
}

// TestPlantedViolations: the two pictures see what they are there for.
func TestPlantedViolations(t *testing.T) {
	for _, c := range []struct {
		path, source string
		rule         func(file) []string
		want         string // a part of the only problem; empty: none
	}{
		{"federation/registry/state/planted.go", `import "time"; var t = time.Now()`, impurities, "names time.Now"},
		{"federation/registry/state/planted.go", `import "time"; var since = time.Since`, impurities, "names time.Since"},
		{"federation/registry/state/planted.go", `import clock "time"; var t = clock.Now()`, impurities, "names time.Now"},
		{"federation/registry/state/planted.go", `import . "time"; var t = Now()`, impurities, "names time.Now"},
		{"federation/registry/state/planted.go", `import "time"; var t = time.Unix(0, 0)`, impurities, ""},
		{"federation/registry/state/planted_test.go", `import "time"; var t = time.Now()`, impurities, ""},
		{"federation/registry/planted.go", `import "time"; var t = time.Now()`, impurities, ""},
		{"federation/registry/state/planted.go", `import _ "context"`, impurities, "imports context"},
		{"federation/disclosure/planted.go", `import _ "log/slog"`, impurities, "imports log/slog"},
		{"store/survey/planted.go", `import _ "net/http"`, impurities, "imports net/http"},
		{"store/survey/planted.go", `import _ "os"`, impurities, "imports os"},
		{"federation/registry/state/planted.go", `import _ "math/rand/v2"`, impurities, "imports math/rand/v2"},
		{"federation/registry/state/planted.go", `import _ "github.com/hashicorp/raft"`, impurities, "imports github.com/hashicorp/raft"},
		{"federation/registry/state/planted.go", `import _ "` + module + `store"`, impurities, "imports " + module + "store"},
		{"federation/registry/state/planted.go", `import _ "` + module + `store/survey"`, impurities, ""},
		{"federation/registry/state/planted.go", `import _ "` + module + `federation/registry"`, upward, "(height 2) imports federation/registry (height 4)"},
		{"federation/registry/search/planted.go", `import _ "` + module + `federation/registry/receipt"`, upward, "(height 3) imports federation/registry/receipt (height 3)"},
		{"federation/registry/planted.go", `import _ "` + module + `federation/registry/state/statetest"`, upward, "for tests only"},
		{"node/web/planted.go", `import _ "` + module + `federation"`, upward, "declare an interface"},
		{"federation/planted.go", `import _ "` + module + `federation/registry"`, upward, ""},
		{"attic/planted.go", ``, upward, "not in the picture"},
	} {
		f, err := parse(c.path, []byte("package planted; "+c.source))
		if err != nil {
			t.Fatal(err)
		}
		problems := c.rule(f)
		if c.want == "" && len(problems) > 0 || c.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], c.want)) {
			t.Errorf("%s with %s: %q, want one with %q", c.path, c.source, problems, c.want)
		}
	}
}

func TestLibrariesBehindTheirDoors(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, imported := range f.imports {
			for library, rooms := range doors {
				named := imported == library || strings.HasPrefix(imported, library+"/")
				may := f.room == strings.TrimPrefix(library, module) || slices.Contains(rooms, f.room) || slices.Contains(rooms, f.path)
				if named && !may {
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
