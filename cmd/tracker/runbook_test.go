//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The runbook's console blocks are typed here as they stand there: one machine
// per prompt, each with a /var of its own below a temporary directory, and the
// program's own processes in the place of the service. What a command prints is
// compared with what stands below it.

// typed is one command of the runbook.
type typed struct {
	line    int
	machine string
	command string
	prints  []string
}

var prompt = regexp.MustCompile(`^([a-z]+)\$ (.*)$`)

// consoleBlocks returns the commands of the runbook in their order.
func consoleBlocks(text string) []typed {
	var all []typed
	inside := false
	for i, line := range strings.Split(text, "\n") {
		switch found := prompt.FindStringSubmatch(line); {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case found != nil:
			all = append(all, typed{line: i + 1, machine: found[1], command: found[2]})
		case len(all) > 0:
			last := &all[len(all)-1]
			last.prints = append(last.prints, line)
		}
	}
	return all
}

// rehearsal is a run of the runbook.
type rehearsal struct {
	t        *testing.T
	dir      string
	program  string
	machines map[string]*machine
	captured map[string]string // by placeholder: what a command printed
}

// machine is one region's, with three ports of its own.
type machine struct {
	name    string
	root    string // in place of /
	ports   []string
	service *spawned
}

func (r *rehearsal) machine(name string) *machine {
	m := r.machines[name]
	if m == nil {
		m = &machine{name: name, root: filepath.Join(r.dir, name), ports: reserveAddresses(r.t)}
		for _, dir := range []string{"var/lib", "var/backups", "tmp"} {
			if err := os.MkdirAll(filepath.Join(m.root, dir), 0o755); err != nil {
				r.t.Fatal(err)
			}
		}
		r.machines[name] = m
	}
	return m
}

// real turns what the runbook says into what is meant here.
func (r *rehearsal) real(m *machine, s string) string {
	for name, value := range r.captured {
		s = strings.ReplaceAll(s, "<"+name+">", value)
	}
	s = strings.ReplaceAll(s, "tracker."+m.name+".example:7444", "127.0.0.1:1")
	for _, other := range r.machines {
		s = strings.ReplaceAll(s, "/mnt/"+other.name+"/", "../"+other.name+"/var/lib/")
		s = strings.ReplaceAll(s, "tracker."+other.name+".example:7443", other.ports[0])
		_, port, _ := net.SplitHostPort(other.ports[0])
		s = strings.ReplaceAll(s, "s/tracker."+other.name+".example/node."+other.name+".example/", "s/127.0.0.1:"+port+"/localhost:"+port+"/")
	}
	s = strings.ReplaceAll(s, "127.0.0.1:9443", m.ports[2])
	return rooted.ReplaceAllString(s, "${1}"+m.root+"${2}")
}

// told undoes real in what was printed.
func (r *rehearsal) told(m *machine, s string) string {
	for _, other := range r.machines {
		_, port, _ := net.SplitHostPort(other.ports[0])
		s = strings.ReplaceAll(s, "localhost:"+port, "node."+other.name+".example:7443")
		s = strings.ReplaceAll(s, other.ports[0], "tracker."+other.name+".example:7443")
	}
	return strings.ReplaceAll(s, m.root+"/", "/")
}

// typeIn runs a command and returns what it printed.
func (r *rehearsal) typeIn(m *machine, command string) (string, error) {
	switch command {
	case "systemctl start tracker":
		m.service = spawn(r.t, "serve", "--dir", m.root+"/var/lib/tracker", "--node-listen", m.ports[0], "--listen", m.ports[1], "--operator-listen", m.ports[2])
		eventually(r.t, startTimeout, func() string {
			if !strings.Contains(m.service.said(), "people https://") {
				return m.name + " does not listen: " + m.service.said()
			}
			return ""
		})
		return "", nil
	case "systemctl stop tracker":
		m.service.stdin.Close()
		if code, ok := m.service.wait(stopTimeout); !ok || code != 0 {
			return "", fmt.Errorf("stopped %v, exit %d: %s", ok, code, m.service.said())
		}
		return "", nil
	}
	cmd := exec.Command("sh", "-c", r.real(m, command))
	cmd.Dir = m.root
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = []string{"HOME=" + m.root, "PATH=" + filepath.Dir(r.program) + ":" + os.Getenv("PATH"), "TRACKER_DIR=" + m.root + "/var/lib/tracker",
		"TRACKER_NODE_LISTEN=" + m.ports[0], "TRACKER_LISTEN=" + m.ports[1], "TRACKER_OPERATOR_LISTEN=" + m.ports[2]}
	err := cmd.Run()
	return r.told(m, out.String()), err
}

// only reads: such a command may be typed again until it prints what it should.
func onlyReads(command string) bool {
	for _, verb := range []string{"status", "region list", "region proposals", "doctor"} {
		if strings.HasPrefix(command, "tracker "+verb) {
			return true
		}
	}
	return strings.HasPrefix(command, "curl ")
}

var (
	rooted      = regexp.MustCompile(`([ =])(/var/|/tmp/)`)
	placeholder = regexp.MustCompile(`<[a-z]+>`)
	blanks      = regexp.MustCompile(` {2,}`)
)

// pattern is what the printed text must match: … is anything in a line, and
// any lines if it stands alone.
func pattern(prints []string) (*regexp.Regexp, []string) {
	var b strings.Builder
	var names []string
	b.WriteString(`^`)
	for _, line := range prints {
		if line == "…" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		line = blanks.ReplaceAllString(strings.TrimRight(line, " "), " ")
		quoted := strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
		quoted = placeholder.ReplaceAllStringFunc(quoted, func(name string) string {
			names = append(names, strings.Trim(name, "<>"))
			return `(\S+?)`
		})
		b.WriteString(quoted + `\n`)
	}
	b.WriteString(`$`)
	return regexp.MustCompile(b.String()), names
}

// compare returns a complaint, and notes what placeholders stand for.
func (r *rehearsal) compare(c typed, printed string) string {
	want, names := pattern(c.prints)
	var lines []string
	for line := range strings.Lines(printed) {
		lines = append(lines, strings.TrimRight(blanks.ReplaceAllString(line, " "), " \n")+"\n")
	}
	found := want.FindStringSubmatch(strings.Join(lines, ""))
	if found == nil {
		return fmt.Sprintf("RUNBOOK.md:%d: %s$ %s\nprinted:\n%s\nand should:\n%s", c.line, c.machine, c.command, printed, strings.Join(c.prints, "\n"))
	}
	for i, name := range names {
		r.captured[name] = found[i+1]
	}
	return ""
}

// do types one command and compares.
func (r *rehearsal) do(c typed) {
	r.t.Helper()
	m := r.machine(c.machine)
	began := time.Now()
	attempt := func() string {
		printed, err := r.typeIn(m, c.command)
		if complaint := r.compare(c, printed); complaint != "" {
			return complaint
		}
		refused := len(c.prints) > 0 && strings.HasPrefix(c.prints[0], "tracker: ")
		if (err != nil) != refused {
			return fmt.Sprintf("RUNBOOK.md:%d: %s$ %s: %v", c.line, c.machine, c.command, err)
		}
		return ""
	}
	if onlyReads(c.command) {
		eventually(r.t, factTimeout, attempt)
	} else if complaint := attempt(); complaint != "" {
		r.t.Fatal(complaint)
	}
	r.t.Logf("%6.1fs  %s$ %s", time.Since(began).Seconds(), c.machine, c.command)
}

// TestRunbook does everything that the runbook says about a federation.
func TestRunbook(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	text, err := os.ReadFile("../../deploy/RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := &rehearsal{t: t, dir: t.TempDir(), program: path, machines: map[string]*machine{}, captured: map[string]string{}}
	for _, name := range []string{"otv", "sw", "wessex", "we", "spare"} {
		r.machine(name)
	}
	commands := consoleBlocks(string(text))
	if len(commands) < 40 {
		t.Fatalf("found only %d commands: does the test read the runbook right?", len(commands))
	}
	t.Cleanup(func() {
		if t.Failed() {
			r.logs()
		}
	})
	for _, c := range commands {
		r.do(c)
	}
}

// logs shows what the machines' services said last.
func (r *rehearsal) logs() {
	for name, m := range r.machines {
		if m.service != nil {
			said := m.service.said()
			r.t.Logf("%s: …%s", name, said[max(0, len(said)-3000):])
		}
	}
}
