package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newEligibleShow(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "show CYCLE",
		Short: "Show the eligible set, with what the campaign before left",
		Args:  exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			found, raw, err := pages[survey.Eligible](cmd.Context(), cl, campaignPath(cycle)+"/eligible", nil, 0)
			if err != nil {
				return fmt.Errorf("eligible set of %s: %w", cycle, err)
			}
			t := table{header: []string{"COMPANY", "SOURCE", "SUPPORTED BY", "ADDED", "LATE", "LAST HOLDER", "LAST STATE", "LAST REASON", "DO NOT SURVEY"}}
			mark := map[bool]string{true: "yes"}
			for _, e := range found {
				t.add(string(e.Organisation), string(e.Source), joinIDs(e.SupportedBy), out.timeFor(e.Added), mark[e.Late],
					string(e.LastHolder), string(e.LastState), string(e.LastReason), mark[e.DoNotSurvey])
			}
			return c.print(out, itemsJSON(raw), t, "The eligible set is empty.")
		},
	}
	out.flags(cmd, true)
	return cmd
}
