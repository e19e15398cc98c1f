package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newRecordReassign(c *cli) *cobra.Command {
	var out format
	var cycleText, from, to string
	cmd := &cobra.Command{
		Use:     "reassign --cycle CYCLE --from ADVISER --to ADVISER",
		Short:   "Hand all companies of an adviser to a colleague",
		Example: "  tracker record reassign --cycle 2022-23 --from jo --to sam",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			if from == "" || to == "" {
				return usage(cmd, "name both advisers with --from and --to")
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/assignments:reassign", map[string]string{"cycle": string(cycle), "from": from, "to": to})
			if err != nil {
				return fmt.Errorf("reassign: %w", err)
			}
			var result struct {
				Moved int `json:"moved"`
			}
			if err := r.into(&result); err != nil {
				return err
			}
			t := table{}
			t.add("moved", fmt.Sprint(result.Moved))
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	cmd.Flags().StringVar(&from, "from", "", "the adviser who hands over")
	cmd.Flags().StringVar(&to, "to", "", "the adviser who takes over")
	return cmd
}
