//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/store/survey"
)

// earlierBuild is the commit whose program must run in one federation with this
// one: the last one before the rooms were rebuilt.
const earlierBuild = "6095189f01712f934da200973d3862a88543ad2b"

// earlierProgram returns the path of the program as earlierBuild had it, and
// false where the repository's history is not at hand.
var earlierProgram = sync.OnceValues(func() (path string, err error) {
	source := filepath.Join(scratch, "earlier")
	if err := os.Mkdir(source, 0o700); err != nil {
		return "", err
	}
	archive := exec.Command("git", "archive", "--output", filepath.Join(scratch, "earlier.tar"), earlierBuild)
	archive.Dir = filepath.Join("..", "..")
	if err := archive.Run(); err != nil {
		return "", nil // no git, or a copy without its history
	}

	path = filepath.Join(scratch, "tracker-earlier")
	for _, c := range []*exec.Cmd{
		exec.Command("tar", "-x", "-f", filepath.Join(scratch, "earlier.tar"), "-C", source),
		exec.Command("go", "build", "-buildvcs=false", "-o", path, "./cmd/tracker"),
	} {
		c.Dir = source
		if text, err := c.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", c, err, text)
		}
	}
	return path, nil
})

// TestAnEarlierBuildBesideThisOne: nodes of both builds claim, answer and add up
// in one federation that the earlier build founded, each led by the other. Then
// all run this build, on the files that the earlier one wrote. What either proves
// the other verifies. Where there is no history, the logs and files of an earlier
// build in federation/registry/testdata/earlier and testdata/earlier stand for it.
func TestAnEarlierBuildBesideThisOne(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	earlier, err := earlierProgram()
	if err != nil {
		t.Fatal(err)
	}
	if earlier == "" {
		t.Skip("the repository's history is not here: git has no commit " + earlierBuild)
	}
	before := func(t *testing.T, args ...string) *spawned { t.Helper(); return spawnProgram(t, earlier, args...) }
	d := startDemoOf(t, before, t.TempDir(), "--nodes", "3", "--no-data")
	d.stop()
	m := &mixed{federated: d, earlier: earlier, nodes: map[int]*spawned{}}

	// The earlier build leads; a node of this one follows.
	m.starts(before, 0)
	m.starts(before, 1)
	m.starts(spawn, 2)
	ids := m.register(m.node(2), 0, 8)
	m.claims(0, ids[0], ids[1:4])
	m.claims(2, ids[4], ids[5:8])
	m.answers(0, ids[0], 10_000)
	m.answers(2, ids[4], 20_000)
	m.agrees(ids[0], ids[4])
	m.proves(0, ids[0])
	m.proves(2, ids[4])

	// This build leads; a node of the earlier one comes back and follows.
	m.stops(0)
	m.starts(spawn, 0)
	m.stops(1)
	more := m.register(m.node(0), 8, 4)
	m.claims(2, more[0], more[1:2])
	m.starts(before, 1)
	m.claims(1, more[2], more[3:4])
	m.answers(1, more[2], 30_000)
	m.agrees(ids[0], ids[4], more[0], more[2])
	m.proves(1, more[2])

	// All run this build.
	m.stops(1)
	m.starts(spawn, 1)
	m.agrees(ids[0], ids[4], more[0], more[2])
	for i := range m.file.Nodes {
		m.must(m.node(i), "check")
	}
}

// mixed is a federation whose nodes run different builds.
type mixed struct {
	*federated
	earlier string // its program
	nodes   map[int]*spawned
}

// starts serves one of the nodes, and waits until it takes claims if a majority
// runs then.
func (m *mixed) starts(start func(t *testing.T, args ...string) *spawned, i int) {
	m.t.Helper()
	m.nodes[i] = m.serveOf(start, m.node(i), len(m.nodes) > 0)
}

func (m *mixed) stops(i int) {
	m.t.Helper()
	m.nodes[i].stdin.Close()
	if code, ok := m.nodes[i].wait(stopTimeout); !ok || code != 0 {
		m.t.Fatalf("%s did not stop: %v, exit %d: %s", m.node(i).Region, ok, code, m.nodes[i].said())
	}
	delete(m.nodes, i)
}

// claims claims a company at one node, and others beside it in a list; every
// other running node refuses to claim the first and names the holder.
func (m *mixed) claims(at int, id survey.Identifier, others []survey.Identifier) {
	m.t.Helper()
	cycle := []string{"--cycle", string(cli.DemoCycle)}
	m.must(m.node(at), append([]string{"claim", string(id)}, cycle...)...)
	for _, other := range others {
		m.must(m.node(at), append([]string{"claim", string(other)}, cycle...)...)
	}
	for i := range m.nodes {
		if i == at {
			continue
		}
		said := m.patiently(m.node(i), append([]string{"claim", string(id)}, cycle...)...)
		if said.code != cli.ExitHeld || !strings.Contains(said.err, survey.Region(m.node(at).Region).Name()) {
			m.t.Fatalf("%s claims what %s holds: exit %d %s", m.node(i).Region, m.node(at).Region, said.code, said.err)
		}
	}
}

// answers records a company's answer at the node that holds it.
func (m *mixed) answers(at int, id survey.Identifier, pounds int) {
	m.t.Helper()
	answers := filepath.Join(m.t.TempDir(), "answers.json")
	text := fmt.Sprintf(`{"q01":"yes","q02":[%q],"q03":3,"q07":{"equity":%d},"q08":%d}`, m.node(at).Region, pounds, pounds)
	if err := os.WriteFile(answers, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.must(m.node(at), "response", "record", string(id), "--cycle", string(cli.DemoCycle), "--file", answers)
}

// agrees waits until every running node shows the same holders, and the same
// totals under the same answer id.
func (m *mixed) agrees(ids ...survey.Identifier) {
	m.t.Helper()
	var first string
	eventually(m.t, factTimeout, func() string {
		first = ""
		for i := range m.nodes {
			totals := m.totals(m.node(i))
			seen := totals.AnswerID
			for _, id := range ids {
				var claim survey.Claim
				said := m.tracker(m.node(i), "", "claim-status", string(id), "--cycle", string(cli.DemoCycle), "--json")
				if err := json.Unmarshal([]byte(said.out), &claim); err != nil {
					return said.out + said.err
				}
				seen += fmt.Sprintf(" %s %s %d", id, claim.Region, claim.Token)
			}
			if first == "" {
				first = seen
			}
			if seen != first {
				return fmt.Sprintf("%s: %s, elsewhere %s", m.node(i).Region, seen, first)
			}
		}
		return ""
	})
}

// proves makes a receipt of a claim at one node, which both builds verify
// against the federation's list of keys.
func (m *mixed) proves(at int, id survey.Identifier) {
	m.t.Helper()
	receipt := filepath.Join(m.t.TempDir(), "receipt.json")
	text := m.must(m.node(at), "receipt", string(id), "--cycle", string(cli.DemoCycle))
	if err := os.WriteFile(receipt, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	this, err := program()
	if err != nil {
		m.t.Fatal(err)
	}
	for _, build := range []string{m.earlier, this} {
		verify := exec.Command(build, "verify", receipt, "--peers", filepath.Join(m.node(at).Dir, federation.PeersFile))
		if text, err := verify.CombinedOutput(); err != nil || !strings.Contains(string(text), string(id)) {
			m.t.Errorf("%s: %v: %s", verify, err, text)
		}
	}
}

// verified runs verify on a file, in this process.
func verified(path string) spoken {
	var out, talk bytes.Buffer
	code := run(context.Background(), []string{"verify", path}, nil, cli.Stdio{In: strings.NewReader(""), Out: &out, Err: &talk})
	return spoken{code: code, out: out.String(), err: talk.String()}
}

// TestFilesOfAnEarlierBuild: a receipt and a published year that earlierBuild
// made are verified as they are, and no other bytes are.
func TestFilesOfAnEarlierBuild(t *testing.T) {
	anotherYear := strings.NewReplacer(`"cycle":"2021-22"`, `"cycle":"2020-21"`, `"cycle": "2022-23"`, `"cycle": "2023-24"`)
	for file, want := range map[string]string{
		"receipt.json":   "GB-COH:99000003 in 2022-23",
		"published.json": "national totals 2021-22, revision 0",
	} {
		path := filepath.Join("testdata", "earlier", file)
		said := verified(path)
		if said.code != cli.ExitDone || !strings.Contains(said.out+said.err, want) {
			t.Errorf("%s: exit %d: %s%s", file, said.code, said.out, said.err)
		}

		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(changed, []byte(anotherYear.Replace(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := verified(changed); said.code != cli.ExitFindings {
			t.Errorf("%s of another year: exit %d: %s%s", file, said.code, said.out, said.err)
		}
	}
}
