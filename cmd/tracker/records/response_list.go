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
			return cli.List[storedResponse]{
				Doing:  fmt.Sprintf("answers of %s", cycle),
				Path:   responsesPath(cycle),
				Header: []string{"COMPANY", "STATE", "COMPLETE", "COUNTED", "HELD BY", "VERSION", "RECORDED"},
				Row: func(r storedResponse) []string {
					return []string{string(r.Organisation), string(r.State), cli.YesNo(r.Complete), cli.YesNo(r.Counted), string(r.HeldBy), fmt.Sprint(r.Version), out.TimeFor(r.At)}
				},
				Empty: "No answers yet. Record one with \"tracker response record ID --cycle " + string(cycle) + " --file answers.json\".",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
