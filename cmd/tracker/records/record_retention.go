package records

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newRecordRetention(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var erase bool
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "List the records that have passed their retention period, or erase them",
		Long: `List the records that have passed their retention period: contacts three years after the
last record about their organisation, work six years after its cycle. Records that figures
are based on are kept for good. With --erase the listed records are erased with their
histories, all or none, and each leaves a line in the audit log. Older backups still
contain them until they are rotated out.`,
		Example: "  tracker record retention\n  tracker record retention --erase",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}

			// Both answer with a list: the records that are due, or those erased.
			var r cli.Reply
			if erase {
				r, err = cl.Post(cmd.Context(), "/retention:erase", struct{}{})
			} else {
				r, err = cl.Get(cmd.Context(), "/retention", nil)
			}
			if err != nil {
				return fmt.Errorf("records past their retention: %w", err)
			}

			var page api.Page[store.Overdue]
			if err := r.Into(&page); err != nil {
				return err
			}

			t := cli.Table{Header: []string{"KIND", "ID", "COMPANY", "KEPT UNTIL"}}
			for _, o := range page.Items {
				t.Add(string(o.Kind), o.ID, string(o.Organisation), o.Until.Format(time.DateOnly))
			}
			if err := c.Print(out, r.Body, t, "No record has passed its retention period."); err != nil {
				return err
			}

			if n := len(page.Items); erase && n > 0 {
				c.Say("Erased: %d.", n)
			}
			return nil
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().BoolVar(&erase, "erase", false, "erase them for good")
	return cmd
}
