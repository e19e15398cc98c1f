package main

import (
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
)

func TestDeployedExampleIsTheProgramsOwn(t *testing.T) {
	text, err := os.ReadFile("../../deploy/tracker.yaml.example")
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != config.Example() {
		t.Error("deploy/tracker.yaml.example is not what \"tracker config example\" prints: write it anew")
	}
}

// systemd leaves a node down whose settings are wrong, and no other: a node that
// panicked ends with 2, as every Go program.
func TestTheUnitKnowsWrongSettings(t *testing.T) {
	unit, err := os.ReadFile("../../deploy/tracker.service")
	if err != nil {
		t.Fatal(err)
	}
	var prevented []string
	for line := range strings.Lines(string(unit)) {
		if codes, ok := strings.CutPrefix(strings.TrimSpace(line), "RestartPreventExitStatus="); ok {
			prevented = append(prevented, strings.Fields(codes)...)
		}
	}
	if want := []string{strconv.Itoa(cli.ExitConfig)}; !slices.Equal(prevented, want) {
		t.Errorf("the unit keeps a node down after %v, want %v", prevented, want)
	}
}

// Every command of the runbook must be one that this program has, with flags
// that it has.
func TestRunbookCommandsExist(t *testing.T) {
	text, err := os.ReadFile("../../deploy/RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ tracker ")
		if !ok {
			continue
		}
		seen++
		command, _, _ = strings.Cut(command, " | ")
		c := cli.New(nil, cli.Stdio{Out: io.Discard, Err: io.Discard})
		root := c.Root(commands(c)...)
		verb, rest, err := root.Find(strings.Fields(command))
		if err != nil || verb == root || !verb.Runnable() {
			t.Errorf("there is no verb for %q (%v)", command, err)
			continue
		}
		if err := verb.ParseFlags(rest); err != nil {
			t.Errorf("%q: %v", command, err)
		}
	}
	if seen < 10 {
		t.Errorf("found only %d commands: does the test read the runbook right?", seen)
	}
}
