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

With --dir it asks the running node over its operator port. If the node is not
running, it reads the files itself. With --node it asks over the API.

Exit code 6: it found faults.`,
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
			if err := c.Print(out, raw, t, "No faults were found."); err != nil {
				return err
			}

			if len(findings) > 0 {
				c.Say("%d faults. Stop the node and restore its backup, or ask for help and show this list.",
					len(findings))
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

	// Only the process that has the records open can read them, so a running node is asked first.
	report, err := askOperator(ctx, node.Operator)
	if errors.Is(err, cli.ErrUnreachable) {
		c.Say("The node is not running (%s): reading its files.", node.Operator)
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

// askOperator asks a running node, for at most checkTimeout. It returns an error wrapping
// cli.ErrUnreachable if nothing listens there.
func askOperator(ctx context.Context, address string) (store.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	return postOperator[store.Report](ctx, address, "/check")
}

// checkFiles checks the records of a node that is not running. The lock on the file keeps the node
// from starting in the meantime.
func checkFiles(ctx context.Context, c *cli.Invocation, dir string) (store.Report, error) {
	settings, _, err := config.Load(config.Flags{"dir": dir}, c.Env)
	if err != nil {
		return store.Report{}, err
	}

	// Without this check, opening would create an empty file and find nothing wrong with it.
	path := filepath.Join(dir, "records.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return store.Report{}, fmt.Errorf("%w: %s has no records.db: is it a node's directory?", survey.ErrNotFound,
			dir)
	}

	// The answers can be checked only against the questionnaires they were given to.
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
