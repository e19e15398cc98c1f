package records

import (
	"fmt"

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
		Short: "List the records that are past their retention, or erase them",
		Long: `List the records that are past their retention: contacts three years after the
last thing that was recorded of their organisation, work six years after its
cycle. What figures rest on is kept for good. With --erase they are removed with
their histories, all or none; each leaves a line in the audit log. Backups made
before still hold them until they are rotated out.`,
		Example: "  tracker record retention\n  tracker record retention --erase",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
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
				t.Add(string(o.Kind), o.ID, string(o.Organisation), o.Until.Format("2006-01-02"))
			}
			if err := c.Print(out, r.Body, t, "No record is past its retention."); err != nil {
				return err
			}
			if n := len(page.Items); erase && n > 0 {
				c.Say("Erased: %d.", n)
			}
			return nil
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().BoolVar(&erase, "erase", false, "remove them for good")
	return cmd
}
