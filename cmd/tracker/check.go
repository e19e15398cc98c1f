package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// checkTimeout bounds a check of a large node.
const checkTimeout = 10 * time.Minute

func newCheckCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Recompute the figures from the records and verify every checksum",
		Long: `Recompute the figures from the records, and verify every checksum and the audit
log. It changes nothing.

With --dir it asks the running node over its operator port, or reads the files
itself if the node is not running. With --node it asks over the API.

Exit code 6: faults were found.`,
		Example: "  tracker check --dir /var/lib/tracker",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, raw, err := checkNode(cmd.Context(), c)
			if err != nil {
				return fmt.Errorf("check: %w", err)
			}
			t := cli.Table{}
			for _, finding := range findings {
				t.Add(finding)
			}
			if err := c.Print(out, raw, t, "All is well."); err != nil {
				return err
			}
			if len(findings) > 0 {
				c.Say("%d faults. Stop the node and restore the region's backup, or ask for help with this list.", len(findings))
				return cli.ErrFindings
			}
			return nil
		},
	}
	out.Flags(cmd, false)
	return cmd
}

// checkNode returns the findings and the report as JSON.
func checkNode(ctx context.Context, c *cli.Invocation) ([]string, any, error) {
	dir := c.Dir()
	if dir == "" || c.Node != "" {
		report, r, err := cli.Decoded[store.Report](c.Send(ctx, "", "/check", struct{}{}))
		return sentences(report), r.Body, err
	}
	node, err := c.DirectoryProfile(dir)
	if err != nil {
		return nil, nil, err
	}
	report, err := askOperator(ctx, node.Operator)
	if errors.Is(err, cli.ErrUnreachable) {
		c.Say("The node does not run (%s): reading its files.", node.Operator)
		report, err = checkFiles(ctx, c, node.Dir)
	}
	if err != nil {
		return nil, nil, err
	}
	if report.Findings == nil {
		report.Findings = []store.Finding{} // a list in JSON too
	}
	return sentences(report), report, nil
}

func sentences(report store.Report) []string {
	var findings []string
	for _, f := range report.Findings {
		findings = append(findings, f.Where+": "+f.What)
	}
	return findings
}

// askOperator asks a running node. The error wraps cli.ErrUnreachable when nothing
// listens there.
func askOperator(ctx context.Context, address string) (store.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	return postOperator[store.Report](ctx, address, "/check")
}

// checkFiles checks the records of a node that does not run. The file's lock
// keeps a node from starting meanwhile.
func checkFiles(ctx context.Context, c *cli.Invocation, dir string) (store.Report, error) {
	settings, _, err := config.Load(config.Flags{"dir": dir}, c.Env)
	if err != nil {
		return store.Report{}, err
	}
	path := filepath.Join(dir, "records.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return store.Report{}, fmt.Errorf("%w: %s has no records.db: is it a node's directory?", survey.ErrNotFound, dir)
	}
	region := survey.Region(settings.Region)
	editions, _, err := store.ReadEditions(dir, region)
	if err != nil {
		return store.Report{}, err
	}
	records, err := store.Open(store.Options{Path: path, Region: region, Editions: editions})
	if err != nil {
		return store.Report{}, err
	}
	report, err := records.Check(ctx)
	if closeErr := records.Close(); err == nil {
		err = closeErr
	}
	return report, err
}
