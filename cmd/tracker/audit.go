package main

import (
	"fmt"
	"strings"

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
		Short: "Who did what at this node, oldest first",
		Long: `Who did what at this node, oldest first.

Actors are the numbers of people and programs of this node ("tracker user people",
"tracker user list"); 0 is the node itself. Each entry holds the hash of the one
before: "tracker check" proves that none was changed or taken out.`,
		Example: "  tracker audit --action response --csv",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return cli.Usage(cmd, "--limit %d: use 0 for all, or how many", limit)
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
			kept := raw[:0]
			for i, e := range entries {
				if strings.HasPrefix(e.Action, action) {
					kept = append(kept, raw[i])
					t.Add(fmt.Sprint(e.Sequence), e.At.UTC().Format("2006-01-02 15:04:05"), fmt.Sprint(e.Actor), e.Action, e.Object, e.Outcome)
				}
			}
			if limit > 0 && len(kept) > limit {
				kept, t.Rows = kept[len(kept)-limit:], t.Rows[len(t.Rows)-limit:]
			}
			return c.Print(out, cli.ItemsJSON(kept), t, "Nothing of the kind happened at this node.")
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().StringVar(&action, "action", "", "only entries whose action begins so, for example response or backup")
	cmd.Flags().IntVar(&limit, "limit", 0, "only the newest so many")
	return cmd
}
