//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// The end-to-end tests build the program and run it as people do: processes,
// sockets, files, signals. "go test -short" leaves them out.
var (
	raceRounds  = flag.Int("rounds", 20, "claims raced at two nodes in the end-to-end test")
	leaderKills = flag.Int("kills", 3, "leaders killed in the end-to-end test")
)

// Bounds of what the tests wait for; they are far above what it takes, and a
// test goes on as soon as the fact is there.
const (
	startTimeout = 4 * time.Minute // fifteen processes, on a machine that does other things too
	stopTimeout  = 2 * time.Minute
	factTimeout  = 2 * time.Minute // what the nodes try again may take them half a minute: see federation/pump.go
	staleTimeout = 2 * time.Minute // figures are stale 30 s after their last confirmation
	pollEvery    = 50 * time.Millisecond
)

// program returns the path of the built program, made once for all tests.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "tracker")
	text, err := exec.Command("go", "build", "-buildvcs=false", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, text)
	}
	return path, nil
})

// spawned is a process of the program. It ends with the test, however the test
// ends: its standard input is a pipe from here.
type spawned struct {
	command *exec.Cmd
	stdin   io.Closer
	ended   chan struct{}

	mu    sync.Mutex
	lines []string // of its standard error
}

// spawn starts a verb that runs until its standard input closes.
func spawn(t *testing.T, args ...string) *spawned {
	t.Helper()
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return spawnProgram(t, path, args...)
}

// spawnProgram is spawn for a program of another build.
func spawnProgram(t *testing.T, path string, args ...string) *spawned {
	t.Helper()
	s := &spawned{command: exec.Command(path, append(args, "--until-stdin-closes")...), ended: make(chan struct{})}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "TRACKER_") {
			s.command.Env = append(s.command.Env, entry)
		}
	}
	var err error
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	talk, err := s.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		for scanner := bufio.NewScanner(talk); scanner.Scan(); {
			s.mu.Lock()
			s.lines = append(s.lines, scanner.Text())
			s.mu.Unlock()
		}
		_ = s.command.Wait()
	}()
	t.Cleanup(func() {
		s.stdin.Close()
		if code, ok := s.wait(stopTimeout); !ok {
			t.Errorf("%v did not stop within %v: %d", args, stopTimeout, code)
			_ = s.command.Process.Kill()
			<-s.ended
		}
	})
	return s
}

// said returns what the process has written to standard error.
func (s *spawned) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// wait returns the exit code, false if the process has not ended in time.
func (s *spawned) wait(most time.Duration) (int, bool) {
	select {
	case <-s.ended:
		return s.command.ProcessState.ExitCode(), true
	case <-time.After(most):
		return 0, false
	}
}

// eventually asks until check has nothing to complain about.
func eventually(t *testing.T, most time.Duration, check func() string) {
	t.Helper()
	deadline := time.NewTimer(most)
	defer deadline.Stop()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		complaint := check()
		if complaint == "" {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("after %v: %s", most, complaint)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// alive reports whether a process runs.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// federated is a running demo.
type federated struct {
	*spawned
	t    *testing.T
	dir  string
	file cli.DemoFile
}

// startDemo runs a demo in dir until it says that it is ready.
func startDemo(t *testing.T, dir string, args ...string) *federated {
	t.Helper()
	return startDemoOf(t, spawn, dir, args...)
}

// startDemoOf is startDemo for a program that start starts.
func startDemoOf(t *testing.T, start func(t *testing.T, args ...string) *spawned, dir string, args ...string) *federated {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "demo.json")); err != nil && !slices.Contains(args, "--base-port") { // it is new
		args = append(args, "--base-port", strconv.Itoa(reservePorts(t, demo.PortsPerNode*len(survey.Regions()))))
	}
	d := &federated{t: t, dir: dir, spawned: start(t, append([]string{"demo", "--dir", dir}, args...)...)}
	eventually(t, startTimeout, func() string {
		select {
		case <-d.ended:
			t.Fatalf("the demo has ended: %s", d.said())
		default:
		}
		if !strings.Contains(d.said(), "ready: ") {
			return "the demo is not ready: " + d.said()
		}
		return ""
	})
	var err error
	if d.file, err = cli.ReadDemo(filepath.Join(dir, "demo.json")); err != nil {
		t.Fatal(err)
	}
	return d
}

// stop presses Ctrl-C and waits until the demo and all its nodes are gone.
func (d *federated) stop() {
	d.t.Helper()
	if err := d.command.Process.Signal(os.Interrupt); err != nil {
		d.t.Fatal(err)
	}
	if code, ok := d.wait(stopTimeout); !ok || code != 0 {
		d.t.Fatalf("stopped: %v, exit %d: %s", ok, code, d.said())
	}
	for _, n := range d.file.Nodes {
		if alive(n.PID) {
			d.t.Errorf("the node of %s (process %d) outlived the demo", n.Region, n.PID)
		}
	}
}

// node returns one of the demo's nodes by its place in demo.json.
func (d *federated) node(i int) cli.DemoNode { return d.file.Nodes[i] }

// client speaks to one node's API.
func (d *federated) client(n cli.DemoNode) *cli.Client {
	d.t.Helper()
	cl, err := cli.NewClient(d.file.Profile(n), "")
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(cl.HTTP.CloseIdleConnections)
	return cl
}

// spoken is what a verb has printed, with its exit code.
type spoken struct {
	code     int
	out, err string
}

// tracker runs a verb against one node, in this process.
func (d *federated) tracker(n cli.DemoNode, input string, args ...string) spoken {
	var out, talk bytes.Buffer
	code := run(context.Background(), append(args, "--dir", n.Dir), nil, cli.Stdio{In: strings.NewReader(input), Out: &out, Err: &talk})
	return spoken{code: code, out: out.String(), err: talk.String()}
}

// available reports whether a verb was answered by the federation. While it has
// no leader, as for a moment on a machine that does other things too, it is not:
// people ask again, and so do the tests.
func available(code int, talk string) bool {
	return code != cli.ExitUnavailable || strings.Contains(talk, "may have been recorded")
}

// patiently is tracker, again while the federation has no leader.
func (d *federated) patiently(n cli.DemoNode, args ...string) (said spoken) {
	d.t.Helper()
	eventually(d.t, factTimeout, func() string {
		if said = d.tracker(n, "", args...); !available(said.code, said.err) {
			return said.err
		}
		return ""
	})
	return said
}

// must runs a verb that is to succeed and returns what it printed.
func (d *federated) must(n cli.DemoNode, args ...string) string {
	d.t.Helper()
	said := d.patiently(n, args...)
	if said.code != cli.ExitDone {
		d.t.Fatalf("tracker %s at %s: exit %d: %s%s", strings.Join(args, " "), n.Region, said.code, said.out, said.err)
	}
	return said.out
}

// read gets a path of one node's API into v.
func (d *federated) read(n cli.DemoNode, path string, query url.Values, v any) {
	d.t.Helper()
	r, err := d.client(n).Get(context.Background(), path, query)
	if err == nil {
		err = r.Into(v)
	}
	if err != nil {
		d.t.Fatalf("read %s at %s: %v", path, n.Region, err)
	}
}

// totals returns the national totals as one node has them.
func (d *federated) totals(n cli.DemoNode) survey.Totals {
	d.t.Helper()
	var totals survey.Totals
	d.read(n, "/totals", url.Values{"cycle": {string(cli.DemoCycle)}}, &totals)
	return totals
}

// figure returns one national figure as one node has it.
func (d *federated) figure(n cli.DemoNode, metric string) int64 {
	d.t.Helper()
	for _, f := range d.totals(n).Figures {
		if f.Metric == metric {
			return f.Value
		}
	}
	d.t.Fatalf("%s has no figure %s", n.Region, metric)
	return 0
}

// register adds invented companies that the demo does not have.
func (d *federated) register(n cli.DemoNode, first, count int) []survey.Identifier {
	d.t.Helper()
	var batch api.OrganisationBatch
	var ids []survey.Identifier
	for i := first; i < first+count; i++ {
		id := survey.Identifier(fmt.Sprintf("%s:%d", survey.SchemeCompany, cli.FirstInvented+500_000+i))
		ids = append(ids, id)
		batch.Organisations = append(batch.Organisations, api.NewOrganisation{Identifiers: []string{string(id)}, Name: fmt.Sprintf("Endtoend %d Ltd", i)})
	}
	cl := d.client(n)
	eventually(d.t, factTimeout, func() string {
		_, err := cl.Post(context.Background(), "/organisations:batch", batch)
		if err != nil && !errors.Is(err, survey.ErrNoQuorum) {
			d.t.Fatal(err)
		}
		return errorText(err)
	})
	return ids
}

// serve brings back a node that has ended, and waits until it takes claims if
// ready is set.
func (d *federated) serve(n cli.DemoNode, ready bool) *spawned {
	d.t.Helper()
	return d.serveOf(spawn, n, ready)
}

// serveOf is serve for a program that start starts.
func (d *federated) serveOf(start func(t *testing.T, args ...string) *spawned, n cli.DemoNode, ready bool) *spawned {
	d.t.Helper()
	s := start(d.t, "serve", "--dir", n.Dir)
	eventually(d.t, startTimeout, func() string {
		select {
		case <-s.ended:
			d.t.Fatalf("the node of %s has ended: %s", n.Region, s.said())
		default:
		}
		if !strings.Contains(s.said(), "people https://") {
			return n.Region + " does not listen"
		}
		if ready {
			if err := demo.AskReady(context.Background(), n.Operator); err != nil {
				return fmt.Sprintf("%s is not ready: %v", n.Region, err)
			}
		}
		return ""
	})
	return s
}

// end sends a signal to a node of the demo and waits until it is gone.
func (d *federated) end(pid int, signal syscall.Signal) {
	d.t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		d.t.Fatalf("signal %v to %d: %v", signal, pid, err)
	}
	eventually(d.t, stopTimeout, func() string {
		if alive(pid) {
			return fmt.Sprintf("process %d still runs", pid)
		}
		return ""
	})
}

// ask sends one request as it is, without the client's rules, and returns the
// status and the problem of the answer.
func (d *federated) ask(n cli.DemoNode, method, path, contentType, body string) (int, api.Problem) {
	d.t.Helper()
	request, err := http.NewRequest(method, n.URL+api.Prefix+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+n.Token)
	request.Header.Set("Content-Type", contentType)
	response, err := d.client(n).HTTP.Do(request)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, api.ParseProblem(response.StatusCode, text)
}

// demoPath is a path below the demo's open campaign.
func demoPath(rest string) string { return cli.CampaignPath(cli.DemoCycle) + "/" + rest }
