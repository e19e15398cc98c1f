package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newResponseList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "list --cycle CYCLE",
		Short: "List the companies whose answers this node keeps",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			found, raw, err := cli.Pages[storedResponse](cmd.Context(), cl, responsesPath(cycle), nil, 0)
			if err != nil {
				return fmt.Errorf("answers of %s: %w", cycle, err)
			}
			t := cli.Table{Header: []string{"COMPANY", "STATE", "COMPLETE", "COUNTED", "HELD BY", "VERSION", "RECORDED"}}
			for _, r := range found {
				t.Add(string(r.Organisation), string(r.State), cli.YesNo(r.Complete), cli.YesNo(r.Counted), string(r.HeldBy), fmt.Sprint(r.Version), out.TimeFor(r.At))
			}
			return c.Print(out, cli.ItemsJSON(raw), t, "No answers yet. Record one with \"tracker response record ID --cycle "+string(cycle)+" --file answers.json\".")
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
