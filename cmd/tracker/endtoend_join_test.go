//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

// independent is a federation of nodes that know nothing of each other but
// what invitations told them.
type independent struct {
	t       *testing.T
	dir     string
	nodes   map[string]cli.DemoNode
	running map[string]*spawned
}

// startAlone founds a federation of otv alone and waits until it votes.
func startAlone(t *testing.T) *independent {
	t.Helper()
	f := &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	f.must(append([]string{"init", "--region", "otv"}, f.ports("otv")...)...)
	f.serve("otv")
	f.await("otv", "itself voting", func(s survey.FederationStatus) bool { return s.Leader == "otv" && row(s, "otv").Stage == "votes" })
	return f
}

// make prepares one region's settings on ports of its own.
func (f *independent) ports(region string) []string {
	ports := reserveAddresses(f.t)
	f.nodes[region] = cli.DemoNode{Region: region, Node: ports[0], Dir: filepath.Join(f.dir, region)}
	return []string{"--dir", f.nodes[region].Dir, "--node-listen", ports[0], "--listen", ports[1], "--operator-listen", ports[2]}
}

// must runs a verb of the built program that is to succeed, and returns what it
// printed.
func (f *independent) must(args ...string) string {
	f.t.Helper()
	out, talk, err := f.patiently(args...)
	if err != nil {
		f.t.Fatalf("tracker %s: %v: %s%s", strings.Join(args, " "), err, out, talk)
	}
	return strings.TrimSpace(out)
}

// patiently is try, again while the federation has no leader.
func (f *independent) patiently(args ...string) (out, talk string, err error) {
	f.t.Helper()
	eventually(f.t, factTimeout, func() string {
		out, talk, err = f.try(args...)
		var exit *exec.ExitError
		if errors.As(err, &exit) && !available(exit.ExitCode(), talk) {
			return talk
		}
		return ""
	})
	return out, talk, err
}

func (f *independent) try(args ...string) (out, talk string, err error) {
	path, err := program()
	if err != nil {
		f.t.Fatal(err)
	}
	var o, e strings.Builder
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = &o, &e
	cmd.Env = []string{"HOME=" + f.dir, "PATH=" + os.Getenv("PATH")}
	err = cmd.Run()
	return o.String(), e.String(), err
}

func (f *independent) serve(region string) {
	f.running[region] = spawn(f.t, "serve", "--dir", f.nodes[region].Dir)
}

func (f *independent) stop(region string) {
	f.t.Helper()
	s := f.running[region]
	s.stdin.Close()
	if code, ok := s.wait(stopTimeout); !ok || code != 0 {
		f.t.Fatalf("%s did not stop: %v, exit %d: %s", region, ok, code, s.said())
	}
}

// at runs a client verb at a region's node.
func (f *independent) at(region string, args ...string) string {
	f.t.Helper()
	return f.must(append(args, "--dir", f.nodes[region].Dir)...)
}

func (f *independent) status(region string) (status survey.FederationStatus) {
	out, talk, err := f.try("region", "list", "--json", "--dir", f.nodes[region].Dir)
	if err == nil {
		err = json.Unmarshal([]byte(out), &status)
	}
	if err != nil {
		f.t.Logf("%s: %v %s", region, err, talk)
	}
	return status
}

func (f *independent) await(region, what string, holds func(survey.FederationStatus) bool) {
	f.t.Helper()
	eventually(f.t, startTimeout, func() string {
		if status := f.status(region); !holds(status) {
			return fmt.Sprintf("%s does not see %s: %+v; %s", region, what, status, f.running[region].said())
		}
		return ""
	})
}

// connection is one from a region's node to another's, with the region's key.
func (f *independent) connection(from, to string) net.Conn {
	f.t.Helper()
	peers, err := federation.LoadPeers(f.nodes[from].Dir)
	if err != nil {
		f.t.Fatal(err)
	}
	key, err := identity.Load(filepath.Join(f.nodes[from].Dir, node.KeyFile))
	if err != nil {
		f.t.Fatal(err)
	}
	port, err := link.Open(link.Options{Listener: listenHere(f.t), Key: key, Region: survey.Region(from), Federation: peers.Federation, Roster: memberList(peers.Members)})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { port.Close() })
	conn, err := port.Dial(f.t.Context(), survey.Region(to), link.ProtocolCall)
	if err != nil {
		f.t.Fatal(err)
	}
	return conn
}

func row(status survey.FederationStatus, region string) survey.RegionStatus {
	for _, r := range status.Regions {
		if string(r.Region) == region {
			return r
		}
	}
	return survey.RegionStatus{}
}

// TestFifteenFoundedAndJoined founds and joins by the verbs alone: no file is
// carried from one node to another. Then it goes through what can befall a
// member.
func TestFifteenFoundedAndJoined(t *testing.T) {
	f := &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	var all []string
	for _, info := range survey.Regions() {
		all = append(all, string(info.Region))
	}
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	began := time.Now()
	f.must(append([]string{"init", "--region", all[0], "--policy", "open", "--solo-steps"}, f.ports(all[0])...)...)
	f.serve(all[0])
	f.await(all[0], "itself voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 1 })
	for _, region := range all[1:] {
		token := f.at(all[0], "invite", region)
		f.must(append([]string{"join", token}, f.ports(region)...)...)
		f.serve(region)
	}
	f.await(all[14], "fifteen voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 15 && s.Quorum.Reachable == 15 })
	t.Logf("fifteen regions vote after %v", time.Since(began).Round(time.Second))
	f.at(all[3], "campaign", "open", "2022-23")

	// A key is rotated; the node goes on with the new one by itself.
	before := row(f.status(all[0]), "sw").NodeID
	said := f.at("sw", "region", "rotate-key")
	f.await(all[0], "sw alive with a new key", func(s survey.FederationStatus) bool {
		sw := row(s, "sw")
		return sw.NodeID != before && strings.Contains(said, sw.NodeID) && sw.Health == "alive" && s.Quorum.Reachable == 15
	})

	// Removal by two others; its connections close within 5 s.
	said = f.at("gm", "region", "remove", "kss", "--reason", "leaves")
	held := f.connection("kss", all[0])
	number := said[strings.LastIndex(said, " ")+1:]
	if _, _, err := f.try("endorse", number, "--dir", f.nodes["gm"].Dir); err == nil {
		t.Error("the proposer endorsed its own proposal")
	}
	f.at("yh", "endorse", number)
	removed := time.Now()
	if err := held.SetReadDeadline(removed.Add(saysTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := held.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an open connection of the removed key: %v", err)
	}
	t.Logf("an open connection of the removed key was closed after %v", time.Since(removed).Round(time.Millisecond))
	f.await(all[0], "kss removed", func(s survey.FederationStatus) bool {
		return row(s, "kss").State == survey.MemberRemoved && s.Quorum.Voters == 14
	})
	t.Logf("fourteen vote %v after the removal", time.Since(removed).Round(100*time.Millisecond))
	f.stop("kss")

	// A region that was away when it was removed is told so.
	f.stop("em")
	said = f.at("gm", "region", "remove", "em", "--reason", "leaves")
	f.at("yh", "endorse", said[strings.LastIndex(said, " ")+1:])
	f.await(all[0], "em removed", func(s survey.FederationStatus) bool {
		return row(s, "em").State == survey.MemberRemoved && s.Quorum.Voters == 13
	})
	f.serve("em")
	eventually(t, startTimeout, func() string {
		out, _, _ := f.try("status", "--dir", f.nodes["em"].Dir)
		if !strings.Contains(out, "do not take this node's key") {
			return "it is not told: " + out
		}
		return ""
	})
	f.stop("em")

	// An address changes while the node is away.
	f.stop("we")
	moved := f.nodes["we"].Node
	args := f.ports("we")
	f.running["we"] = spawn(t, append([]string{"serve"}, args...)...)
	f.await(all[0], "we at its new address", func(s survey.FederationStatus) bool {
		we := row(s, "we")
		return we.Address != moved && we.Address == f.nodes["we"].Node && we.Health == "alive"
	})

	// The registry's files are lost, the records stay.
	f.stop("otv")
	if err := os.RemoveAll(filepath.Join(f.nodes["otv"].Dir, "raft")); err != nil {
		t.Fatal(err)
	}
	f.serve("otv")
	f.await("otv", "itself voting again", func(s survey.FederationStatus) bool {
		return row(s, "otv").Stage == "votes" && s.Quorum.Reachable == 13
	})
	f.at("otv", "status")
}

// TestAnInterruptedRotation takes a node back to where a crash leaves it after
// the others have its new key and before it took it.
func TestAnInterruptedRotation(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	f := &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	f.must(append([]string{"init", "--region", "otv", "--policy", "open"}, f.ports("otv")...)...)
	f.serve("otv")
	f.await("otv", "itself voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 1 })
	f.must(append([]string{"join", f.at("otv", "invite", "sw")}, f.ports("sw")...)...)
	f.serve("sw")
	f.await("sw", "two voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 2 && s.Quorum.Reachable == 2 })
	dir := f.nodes["sw"].Dir
	before := map[string][]byte{}
	for _, name := range []string{node.KeyFile, federation.PeersFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		before[name] = text
	}
	said := f.at("sw", "region", "rotate-key")
	f.stop("sw")
	if err := os.Rename(filepath.Join(dir, node.KeyFile), filepath.Join(dir, node.NextKeyFile)); err != nil {
		t.Fatal(err)
	}
	for name, text := range before {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.serve("sw")
	eventually(t, startTimeout, func() string {
		if _, err := os.Stat(filepath.Join(dir, node.NextKeyFile)); err == nil {
			return "the next key is still apart: " + f.running["sw"].said()
		}
		return ""
	})
	f.await("sw", "itself taking part with its new key", func(s survey.FederationStatus) bool {
		return strings.Contains(said, row(s, "sw").NodeID) && s.Leader != "" && s.Quorum.Reachable == 2 // whichever leads now
	})
}

// TestRecoverByVerbs loses a quorum for ever and goes on.
func TestRecoverByVerbs(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	f := &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	f.must(append([]string{"init", "--region", "otv", "--policy", "open", "--solo-steps"}, f.ports("otv")...)...)
	f.serve("otv")
	f.await("otv", "itself voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 1 })
	for _, region := range []string{"sw", "we"} {
		f.must(append([]string{"join", f.at("otv", "invite", region)}, f.ports(region)...)...)
		f.serve(region)
	}
	f.await("otv", "three voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 3 && s.Quorum.Reachable == 3 })
	for _, region := range []string{"we", "sw", "otv"} {
		f.stop(region)
	}
	if _, talk, err := f.try("recover", "--dir", f.nodes["otv"].Dir, "--survivors", "otv"); err == nil || !strings.Contains(talk, "--yes") {
		t.Errorf("recovered without a yes: %v %s", err, talk)
	}
	if shown := f.at("otv", "recover"); !strings.Contains(shown, "log reaches") {
		t.Errorf("recover shows %s", shown)
	}
	f.at("otv", "recover", "--survivors", "otv", "--yes")
	f.serve("otv")
	f.await("otv", "itself leading alone", func(s survey.FederationStatus) bool { return s.Leader == "otv" && s.Quorum.Voters == 1 })
	f.at("otv", "campaign", "open", "2022-23")
	f.must("rejoin", "--dir", f.nodes["sw"].Dir)
	f.serve("sw")
	f.await("sw", "itself voting again", func(s survey.FederationStatus) bool { return row(s, "sw").Stage == "votes" })
}
