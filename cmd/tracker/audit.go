package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store"
)

func newAuditCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var limit int
	var action string
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who did what at this node, oldest first",
		Long: `Show who did what at this node, oldest first.

An actor is the number of a person or program at this node (see "tracker user list");
0 is the node itself. Each entry holds the hash of the one before it, so "tracker check"
can prove that no entry was changed or removed.`,
		Example: "  tracker audit --action response --csv",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return cli.Usage(cmd, "--limit %d: give a number of entries, or 0 for all", limit)
			}

			cl, err := c.Connect()
			if err != nil {
				return err
			}
			entries, raw, err := cli.Pages[store.AuditEntry](cmd.Context(), cl, "/audit", nil, 0)
			if err != nil {
				return fmt.Errorf("read the audit log: %w", err)
			}

			t := cli.Table{Header: []string{"ENTRY", "WHEN", "ACTOR", "ACTION", "OBJECT", "OUTCOME"}}

			// The JSON is kept beside the rows, so that --json shows the same entries.
			kept := raw[:0]
			for i, e := range entries {
				if strings.HasPrefix(e.Action, action) {
					kept = append(kept, raw[i])
					t.Add(fmt.Sprint(e.Sequence), e.At.UTC().Format(time.DateTime), fmt.Sprint(e.Actor), e.Action,
						e.Object, e.Outcome)
				}
			}

			if limit > 0 && len(kept) > limit {
				kept, t.Rows = kept[len(kept)-limit:], t.Rows[len(t.Rows)-limit:]
			}

			return c.Print(out, cli.ItemsJSON(kept), t, "There are no such entries at this node.")
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().StringVar(&action, "action", "", "only actions that begin with this, for example response or backup")
	cmd.Flags().IntVar(&limit, "limit", 0, "only this many of the newest entries")
	return cmd
}
