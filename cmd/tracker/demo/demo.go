// Package demo runs a whole federation on one machine, with invented companies
// and answers.
//
// Imports cmd/tracker/cli, config, federation, federation/identity, node, node/api, store,
// store/notifier, store/sheet, store/survey.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/store/survey"
)

// UsualPolicy is the policy that protects single companies.
const UsualPolicy = "standard"

// Limits of the demo.
const (
	startTimeout = 60 * time.Second // until all nodes answer and have elected a leader
	stopTimeout  = 15 * time.Second // until one node has stopped
)

// instance is one run of the whole federation on this machine.
type instance struct {
	c         *cli.Invocation
	dir       string
	nodeCount int
	basePort  int
	policy    string
	chosen    bool // whether --policy was given
	noData    bool
	inProcess bool

	file  cli.DemoFile
	nodes []nodeRunner
}

// NewCommand runs the whole federation on this machine.
func NewCommand(c *cli.Invocation) *cobra.Command {
	d := &instance{c: c}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole federation on this machine, with invented companies",
		Long: `Run one node for each region on this machine's loopback address, found their federation,
and open campaign 2022-23 with invented companies and answers. The national totals are the
published ones: 2,831 companies supported, £428m leveraged, 1,329 jobs created or safeguarded.
The year before, 2021-22 with £455m, is closed and certified.

Federations start with the policy "standard". Under it an open campaign shows less than
everything: figures leave a region in batches, so that nobody can tell one company's answer
from the difference. Each figure says how much is waiting. At the close the rest leaves
without that protection. --policy open shows the published £428m at once.

It prints "ready:" when claims and totals work, then the address of the pages, how to sign in
as an adviser and as a lead, and what to try next. It stops with Ctrl-C. With --dir the
federation is kept there, and the same command resumes it; without --dir it is removed at the
end. DIR/demo.json lists the nodes for scripts.`,
		Example: "  tracker demo\n  tracker demo --policy open\n  tracker demo --dir demo --nodes 5",
		Args:    cli.NoArguments,
	}
	flags := cmd.Flags()
	flags.IntVar(&d.nodeCount, "nodes", len(survey.Regions()), "number of regions")
	flags.StringVar(&d.policy, "policy", UsualPolicy, "disclosure policy of the federation: "+
		"standard protects single companies until the close, open shows every figure at once")
	flags.BoolVar(&d.noData, "no-data", false, "open the campaign without adding companies and answers")
	flags.IntVar(&d.basePort, "base-port", 0, "first of the ports to use, three for each node; 0 means any free ones")
	flags.BoolVar(&d.inProcess, "in-process", false, "run all nodes in this process")
	untilInputEnds := c.UntilInputEnds(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d.chosen = flags.Changed("policy")
		ctx, stop := untilInputEnds(cmd.Context())
		defer stop()
		return d.run(ctx)
	}
	return cmd
}

// run starts the demo, keeps it running until ctx ends, and stops it.
func (d *instance) run(ctx context.Context) (err error) {
	if d.nodeCount < 1 || d.nodeCount > len(survey.Regions()) {
		return fmt.Errorf("%w: --nodes %d: use 1 to %d", survey.ErrInvalid, d.nodeCount, len(survey.Regions()))
	}
	policies := config.Policies()
	if !slices.Contains(policies, d.policy) {
		return fmt.Errorf("%w: --policy %s: use one of %s", survey.ErrInvalid, d.policy, strings.Join(policies, ", "))
	}

	// Only now, so that wrong flags leave no directory behind.
	temporary, err := d.directory()
	if err != nil {
		return err
	}
	if temporary {
		defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	}

	if err := d.prepare(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()

	if err := d.start(); err != nil {
		return err
	}

	ready, err := d.awaitReady(ctx)
	for _, step := range []func(context.Context) error{d.seed, d.addPeople} {
		if err == nil {
			err = step(ctx)
		}
	}
	if err != nil {
		return d.interrupted(ctx, err)
	}
	// Now that the companies are in, so that a resumed demo does not add them again.
	if err := d.writeFile(); err != nil {
		return err
	}

	d.c.Say("%s", ready)
	d.sayPages()
	d.suggest(ctx)
	<-ctx.Done()
	d.c.Say("stopping %d nodes", len(d.nodes))
	return nil
}

// interrupted returns nil if the person stopped the demo. That is not a failure.
func (d *instance) interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("%w; the nodes' logs are in %s", err, filepath.Join(d.dir, "*", logFile))
}

// directory makes the demo's directory. It is temporary unless --dir names one.
func (d *instance) directory() (temporary bool, err error) {
	if d.dir = d.c.Dir(); d.dir == "" {
		d.dir, err = os.MkdirTemp("", "tracker-demo-")
		return true, err
	}
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return false, err
	}
	return false, os.MkdirAll(d.dir, 0o700)
}

// prepare reads an earlier run's nodes from demo.json, or makes new ones.
func (d *instance) prepare() error {
	file, err := cli.ReadDemo(d.filePath())
	if err == nil {
		d.file = file
		if d.chosen && file.Policy != "" && file.Policy != d.policy {
			return fmt.Errorf("%w: --policy %s: the demo in %s was founded under %s and keeps it. "+
				"Nothing was started. Leave out --policy to resume it, or choose another --dir for a new demo",
				survey.ErrInvalid, d.policy, d.dir, file.Policy)
		}
		d.c.Say("resuming the demo in %s: %d nodes", d.dir, len(file.Nodes))
		return d.checkPorts()
	}

	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	if err := d.found(); err != nil {
		return fmt.Errorf("prepare the demo in %s: %w", d.dir, err)
	}
	return d.writeFile()
}

func (d *instance) filePath() string { return filepath.Join(d.dir, "demo.json") }

// writeFile writes demo.json whole: a reader sees the old file or the new one.
func (d *instance) writeFile() error {
	for i, runner := range d.nodes {
		d.file.Nodes[i].PID = runner.pid()
	}

	text, err := json.MarshalIndent(d.file, "", "  ")
	if err != nil {
		return err
	}

	next := d.filePath() + ".next"
	if err := os.WriteFile(next, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(next, d.filePath())
}
