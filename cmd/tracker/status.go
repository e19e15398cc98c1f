package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newStatusCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var watch bool
	var interval time.Duration
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show this node, the quorum, every region, and problems on one screen",
		Long: `Show this node, the quorum, every region, and problems on one screen.

It works without a quorum too: it shows what this node knows.`,
		Example: "  tracker status --dir demo/otv\n  tracker status --dir demo/otv --watch",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			if !watch {
				return showStatus(cmd.Context(), c, cl, out)
			}
			if interval < 500*time.Millisecond {
				return cli.Usage(cmd, "--interval %v: use at least 500ms", interval)
			}
			return watchStatus(cmd.Context(), c, cl, out, interval)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().BoolVar(&watch, "watch", false, "keep showing it until interrupted")
	cmd.Flags().DurationVar(&interval, "interval", 2*time.Second, "time between updates with --watch")
	return cmd
}

// watchStatus shows the status until ctx ends. If the node does not answer, it shows that and goes
// on.
func watchStatus(ctx context.Context, c *cli.Invocation, cl *cli.Client, out cli.Format, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()

	for {
		// Cursor to the top left, then clear: only for a person, not in a file.
		if cli.IsTerminal(c.Out) && !out.JSON {
			fmt.Fprint(c.Data, "\x1b[H\x1b[2J")
		}
		if err := showStatus(ctx, c, cl, out); err != nil && ctx.Err() == nil {
			fmt.Fprintln(c.Data, cli.Explain(err))
		}

		if err := c.Data.Flush(); err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}

		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func showStatus(ctx context.Context, c *cli.Invocation, cl *cli.Client, out cli.Format) error {
	mine, err := cl.Get(ctx, "/status", nil)
	if err != nil {
		return err
	}
	all, err := cl.Get(ctx, "/federation", nil)
	if err != nil {
		return err
	}

	// Programs get both documents as the node sent them.
	if out.JSON {
		return c.PrintJSON(map[string]json.RawMessage{"status": mine.Body, "federation": all.Body})
	}

	var node api.NodeStatus
	var federation survey.FederationStatus
	if err := mine.Into(&node); err != nil {
		return err
	}
	if err := all.Into(&federation); err != nil {
		return err
	}
	return printStatus(c, node, federation)
}

func printStatus(c *cli.Invocation, node api.NodeStatus, federation survey.FederationStatus) error {
	if err := nodeTable(node, federation).Write(c.Data); err != nil {
		return err
	}
	fmt.Fprintln(c.Data)
	if err := regionsTable(node.Region, federation.Regions).Write(c.Data); err != nil {
		return err
	}
	if len(node.Problems) > 0 {
		fmt.Fprintln(c.Data, "\nproblems:")
		for _, p := range node.Problems {
			fmt.Fprintf(c.Data, "  %s\n", cli.Printable(p))
		}
	}
	return nil
}

// nodeTable shows the node and what it knows of the federation.
func nodeTable(node api.NodeStatus, federation survey.FederationStatus) cli.Table {
	q := federation.Quorum
	quorum := fmt.Sprintf("%d of %d voters reachable, %d needed: claims work", q.Reachable, q.Voters, q.Needed)
	if q.Reachable < q.Needed {
		quorum = fmt.Sprintf("%d of %d voters reachable, %d needed: "+
			"nothing can be claimed now; answers can be recorded",
			q.Reachable, q.Voters, q.Needed)
	}
	age := "leader not heard yet"

	// A negative age means that this node has not heard a leader since it started.
	if node.Registry.AgeMS >= 0 {
		ago := time.Duration(node.Registry.AgeMS) * time.Millisecond
		age = fmt.Sprintf("leader heard %s ago", ago.Round(100*time.Millisecond))
	}

	publishing := node.Publishing.State
	if node.Publishing.Reason != "" {
		publishing += ": " + node.Publishing.Reason
	}

	var head cli.Table
	head.Add("this node", fmt.Sprintf("%s (%s), version %s", node.Region, node.Region.Name(), node.Version))
	head.Add("federation", federation.FederationID)
	head.Add("quorum", quorum)
	head.Add("leader", cmp.Or(string(federation.Leader), "none known"))
	head.Add("registry", fmt.Sprintf("change %d, %s, %s", node.Registry.Index, strings.ToLower(node.Registry.State),
		age))
	head.Add("publishing", publishing)
	if node.Outbox.Pending > 0 || len(node.Outbox.Refused) > 0 {
		head.Add("outbox", fmt.Sprintf("%d waiting for the registry, %d refused",
			node.Outbox.Pending, len(node.Outbox.Refused)))
	}
	offerTakeOvers(&head, node.TakeOvers)
	return head
}

// regionsTable shows every region as the node of region ours sees it.
func regionsTable(ours survey.Region, regions []survey.RegionStatus) cli.Table {
	rows := cli.Table{Right: []int{6}, Header: []string{
		"REGION", "NAME", "STATE", "ROLE", "STAGE", "HEALTH", "LAG", "LAST HEARD", "VERSION", "ADDRESS"}}
	cli.InRosterOrder(regions, func(r survey.RegionStatus) survey.Region { return r.Region })
	for _, r := range regions {
		role := string(r.Role)
		if r.Leader {
			role += ", leader"
		}

		// A region heard within the minute shows seconds, because dates would hide a short silence.
		heard := cli.LongTime(r.LastHeard)
		switch {
		case r.Region == ours:
			heard = "this node"
		case time.Since(r.LastHeard) < time.Minute:
			heard = fmt.Sprintf("%.0f s ago", max(0, time.Since(r.LastHeard).Seconds()))
		}

		rows.Add(string(r.Region), r.Region.ShortName(), string(r.State), role, r.Stage, r.Health, fmt.Sprint(r.Lag),
			heard, r.Version, r.Address)
	}
	return rows
}

// offerTakeOvers adds the companies to take over from other regions, and those to hand over.
func offerTakeOvers(head *cli.Table, waiting api.TakeOverStatus) {
	for _, t := range waiting.Incoming {
		text := fmt.Sprintf("companies %s held before in %s: %s", t.Region, t.Cycle, cli.Digits(t.Companies))
		if t.LastYear > 0 {
			text += fmt.Sprintf(", %d missing from the matched panel until then", t.LastYear)
		}

		// The command is part of the line, because it is needed too rarely to be remembered.
		head.Add("to take over", text+fmt.Sprintf(" (tracker response take-overs --cycle %s)", t.Cycle))
	}
	for _, t := range waiting.Outgoing {
		head.Add("to hand over", fmt.Sprintf("companies that %s holds now in %s: %s, when it asks",
			t.Region, t.Cycle, cli.Digits(t.Companies)))
	}
}
