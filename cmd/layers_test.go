package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
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
	"cmd/tracker": 11, // the verbs

	"cmd/tracker/bench":   10, // measures running nodes
	"cmd/tracker/claims":  10, // the registry's verbs: organisations, campaigns, claims
	"cmd/tracker/demo":    10, // a whole federation on one machine
	"cmd/tracker/figures": 10, // the verbs of totals, certified years and their proofs
	"cmd/tracker/imports": 10, // the verbs that take lists in
	"cmd/tracker/records": 10, // the verbs of a region's own records and answers

	"cmd/tracker/cli": 9, // what every verb stands on: run, client, profile, output, exit

	"node": 8, // one region's running node

	"node/api":                  7, // the HTTP API
	"node/backup":               7, // encrypted copies of a node's own data
	"node/intake":               7, // lists in and out
	"node/report":               7, // the national report as one page
	"node/respond":              7, // the companies' own form
	"node/web":                  7, // the staff's pages
	"node/workbook":             7, // the national tracker as one sheet, whose edits come back
	"federation/federationtest": 7, // whole federations on fake time; imported by tests only

	"federation":         6, // composes the rooms below
	"node/page":          6, // templates, static files and words that the pages share
	"node/page/pagetest": 6, // a browser, golden pages and axe; imported by tests only
	"node/letters":       6, // to companies, by e-mail

	"federation/registry": 5, // one node's replica under raft
	"node/middleware":     5, // what stands before every handler of both surfaces

	"federation/registry/receipt":         4, // the proof of a decision, checked without a node
	"federation/registry/search":          4, // the index of names
	"federation/registry/state/statetest": 4, // imported by tests only

	"federation/registry/state": 3, // who surveys whom: decides, purely
	"federation/totals":         3, // signed summaries, their exchange and their merge

	"federation/disclosure": 2, // what may leave a node: pure rules
	"federation/gossip":     2, // who is there and what is new
	"federation/link":       2, // the one port between nodes
	"store":                 2, // the region's own records
	"store/companieshouse":  2, // a copy of the register of companies, to look up
	"store/sessions":        2, // who is signed in
	"store/sheet":           2, // people's lists, in and out
	"store/summaries":       2, // the summaries of all regions that this node keeps
	"store/disk/disktest":   2, // imported by tests only

	"config":              1, // settings
	"federation/identity": 1, // a node's key and its id
	"node/browsertest":    1, // a browser for the tests; imported by tests only
	"store/boltfile":      1, // one bbolt file: envelope, checksum, errors
	"store/ledger":        1, // signed rows and tree hashes behind receipts
	"store/notifier":      1, // tells waiters that something changed
	"store/raftlog":       1, // the log under raft

	"store/disk":   0, // the order of changes that survives a loss of power
	"store/survey": 0, // the vocabulary
}

// surface is the height of what people and programs meet. A test may import every
// room below it, wherever the test stands: see upward.
const surface = 7

// pure are the rooms whose answers follow from their arguments alone, so that
// every node decides alike: the second picture.
var pure = []string{"federation/registry/state", "federation/disclosure", "store/survey"}

// impure are what a pure room must not import, packages below included: what
// waits, what differs between nodes, what is kept elsewhere.
var impure = []string{"context", "crypto/rand", "log", "math/rand", "net", "os", "github.com/hashicorp/raft", "go.etcd.io/bbolt",
	module + "store/raftlog", module + "store/ledger", module + "store/disk"}

// harmless are packages below an impure one that only work on their arguments.
var harmless = []string{"net/mail"}

// effects are what a pure room must not name of packages that it may import: what
// tells the time, waits, draws at random, reads files. Methods are not looked at.
var effects = map[string][]string{
	"time":                         {"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"},
	module + "federation/identity": {"Generate", "Load", "NewFederationID", "NewInviteSecret", "Seal"},
}

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
	effects    []string // what it names of them
	doc        string   // the package comment, if it stands here
}

// parse reads what the rules are about.
func parse(name string, source []byte) (file, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	f := file{path: name, room: filepath.ToSlash(filepath.Dir(name)), test: strings.HasSuffix(name, "_test.go")}

	f.doc = parsed.Doc.Text()

	local := map[string]string{} // the file's names of packages with effects
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, name)
		switch {
		case effects[name] == nil:
		case spec.Name != nil:
			local[spec.Name.Name] = name
		default:
			local[path.Base(name)] = name
		}
	}

	ast.Inspect(parsed, func(n ast.Node) bool {
		from, used := "", ""
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				from, used = local[x.Name], n.Sel.Name
			}
		case *ast.Ident: // an import with a dot hides where a name is from
			from, used = local["."], n.Name
		}
		if slices.Contains(effects[from], used) {
			f.effects = append(f.effects, path.Base(from)+"."+used)
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

// TestRoomsNameTheirImports: the package comment of each room ends with the rooms
// that it imports, so that its reader need not look for the picture.
func TestRoomsNameTheirImports(t *testing.T) {
	docs, imports := map[string]string{}, map[string][]string{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		docs[f.room] += f.doc
		for _, imported := range f.imports {
			if room, ours := strings.CutPrefix(imported, module); ours {
				imports[f.room] = append(imports[f.room], room)
			}
		}
	}
	for room, doc := range docs {
		slices.Sort(imports[room])
		want := "Imports " + strings.Join(slices.Compact(imports[room]), ", ") + "."
		if len(imports[room]) == 0 {
			want = "Imports no other room."
		}
		if !strings.HasSuffix(strings.Join(strings.Fields(doc), " "), want) {
			t.Errorf("%s: its package comment does not end with: %s", room, want)
		}
	}
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
		if slices.ContainsFunc(impure, outside) && !slices.Contains(harmless, imported) || imported == module+"store" { // but rooms below store are other packages
			problems = append(problems, fmt.Sprintf("%s imports %s: room %s is pure", f.path, imported, f.room))
		}
	}
	for _, name := range f.effects {
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
		{"federation/registry/state/planted.go", `import "` + module + `federation/identity"; var k, _ = identity.Load("node.key")`, impurities, "names identity.Load"},
		{"federation/registry/state/planted.go", `import "` + module + `federation/identity"; var ok = identity.Verify(nil, "", nil, nil)`, impurities, ""},
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
		{"federation/registry/state/planted.go", `import _ "` + module + `federation/registry"`, upward, "(height 3) imports federation/registry (height 5)"},
		{"federation/registry/search/planted.go", `import _ "` + module + `federation/registry/receipt"`, upward, "(height 4) imports federation/registry/receipt (height 4)"},
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
