package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newResponseList(c *cli) *cobra.Command {
	var out format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "list --cycle CYCLE",
		Short: "List the companies whose answers this node keeps",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			found, raw, err := pages[storedResponse](cmd.Context(), cl, responsesPath(cycle), nil, 0)
			if err != nil {
				return fmt.Errorf("answers of %s: %w", cycle, err)
			}
			t := table{header: []string{"COMPANY", "STATE", "COMPLETE", "COUNTED", "HELD BY", "VERSION", "RECORDED"}}
			for _, r := range found {
				t.add(string(r.Organisation), string(r.State), yesNo(r.Complete), yesNo(r.Counted), string(r.HeldBy), fmt.Sprint(r.Version), out.timeFor(r.At))
			}
			return c.print(out, itemsJSON(raw), t, "No answers yet. Record one with \"tracker response record ID --cycle "+string(cycle)+" --file answers.json\".")
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycleText)
	return cmd
}
