package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newRecordReassign(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText, from, to string
	cmd := &cobra.Command{
		Use:     "reassign --cycle CYCLE --from ADVISER --to ADVISER",
		Short:   "Hand all companies of an adviser to a colleague",
		Example: "  tracker record reassign --cycle 2022-23 --from jo --to sam",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			if from == "" || to == "" {
				return cli.Usage(cmd, "name both advisers with --from and --to")
			}
			r, err := c.Send(cmd.Context(), "reassign", "/assignments:reassign", map[string]string{"cycle": string(cycle), "from": from, "to": to})
			if err != nil {
				return err
			}
			var result struct {
				Moved int `json:"moved"`
			}
			if err := r.Into(&result); err != nil {
				return err
			}
			t := cli.Table{}
			t.Add("moved", fmt.Sprint(result.Moved))
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycleText)
	cmd.Flags().StringVar(&from, "from", "", "the adviser who hands over")
	cmd.Flags().StringVar(&to, "to", "", "the adviser who takes over")
	return cmd
}
