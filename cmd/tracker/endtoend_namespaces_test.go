//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// The regions' machines as network namespaces, each with an address of its own.
var inNamespaces = flag.Bool("namespaces", false, "found and join fifteen nodes in network namespaces: needs root and ip(8)")

// estate is a network of namespaces around one that is the switch.
type estate struct {
	t      *testing.T
	prefix string
}

func (e *estate) ip(args ...string) {
	e.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		e.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func (e *estate) name(region string) string { return e.prefix + region }

func (e *estate) add(name string) {
	e.t.Helper()
	e.ip("netns", "add", name)
	e.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	e.ip("-n", name, "link", "set", "lo", "up")
}

// build joins every region's namespace to the switch and returns the regions'
// addresses.
func (e *estate) build(regions []string) map[string]string {
	hub := e.name("hub")
	e.add(hub)
	e.ip("-n", hub, "link", "add", "bridge", "type", "bridge")
	e.ip("-n", hub, "link", "set", "bridge", "up")
	addresses := map[string]string{}
	for i, region := range regions {
		ns := e.name(region)
		e.add(ns)
		wire := fmt.Sprintf("to%d", i)
		e.ip("-n", hub, "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", ns)
		e.ip("-n", hub, "link", "set", wire, "master", "bridge", "up")
		addresses[region] = fmt.Sprintf("10.77.0.%d", i+1)
		e.ip("-n", ns, "address", "add", addresses[region]+"/24", "dev", "eth0")
		e.ip("-n", ns, "link", "set", "eth0", "up")
	}
	return addresses
}

// in is a command on a region's machine.
func (e *estate) in(region string, args ...string) *exec.Cmd {
	path, err := program()
	if err != nil {
		e.t.Fatal(err)
	}
	cmd := exec.Command("ip", append([]string{"netns", "exec", e.name(region), path}, args...)...)
	cmd.Env = []string{"HOME=" + os.TempDir(), "PATH=" + os.Getenv("PATH")}
	return cmd
}

// TestFifteenInNamespaces founds and joins on machines that share nothing but a
// network. All of them use the same ports.
func TestFifteenInNamespaces(t *testing.T) {
	if !*inNamespaces {
		t.Skip("it needs root and ip(8): run it with -namespaces")
	}
	if os.Geteuid() != 0 {
		t.Fatal("it needs root")
	}
	e := &estate{t: t, prefix: fmt.Sprintf("trk%d-", os.Getpid()%10000)}
	var all []string
	for _, info := range survey.Regions() {
		all = append(all, string(info.Region))
	}
	addresses := e.build(all)
	dir := func(region string) string { return filepath.Join(t.TempDir(), region) }
	dirs := map[string]string{}
	must := func(region string, args ...string) string {
		t.Helper()
		cmd := e.in(region, append(args, "--dir", dirs[region])...)
		var talk strings.Builder
		cmd.Stderr = &talk
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: tracker %s: %v: %s%s", region, strings.Join(args, " "), err, out, talk.String())
		}
		return strings.TrimSpace(string(out))
	}
	serve := func(region string) {
		cmd := e.in(region, "serve", "--dir", dirs[region], "--until-stdin-closes")
		stdin, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stdin.Close(); _ = cmd.Wait() })
	}
	began := time.Now()
	for i, region := range all {
		dirs[region] = dir(region)
		advertise := "--node-advertise=" + addresses[region] + ":7443"
		if i == 0 {
			must(region, "init", "--region", region, "--policy", "open", advertise)
		} else {
			var token string
			eventually(t, startTimeout, func() string {
				out, err := e.in(all[0], "invite", region, "--dir", dirs[all[0]]).Output()
				if token = strings.TrimSpace(string(out)); err != nil {
					return "no invitation for " + region
				}
				return ""
			})
			must(region, "join", token, advertise)
		}
		serve(region)
	}
	eventually(t, 2*startTimeout, func() string {
		out, err := e.in(all[14], "status", "--dir", dirs[all[14]]).Output()
		if err != nil || !strings.Contains(string(out), "15 of 15 voters reachable") {
			return fmt.Sprintf("not fifteen votes (%v): %s", err, out)
		}
		return ""
	})
	t.Logf("fifteen machines vote after %v", time.Since(began).Round(time.Second))
	if out := must(all[7], "doctor"); strings.Count(out, "there and back") != 14 {
		t.Errorf("doctor: %s", out)
	}
}
