package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShared(c *cli) *cobra.Command {
	var out format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "shared --cycle CYCLE",
		Short: "List the answers that other regions shared with this one; they count nowhere",
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
			found, raw, err := pages[survey.SharedResponse](cmd.Context(), cl, "/campaigns/"+url.PathEscape(string(cycle))+"/shared", nil, 0)
			if err != nil {
				return fmt.Errorf("answers shared for %s: %w", cycle, err)
			}
			t := table{header: []string{"COMPANY", "SHARED BY", "VERSION", "RECEIVED", "TAKEN BACK"}}
			for _, s := range found {
				t.add(string(s.Organisation), string(s.From), fmt.Sprint(s.Version), out.timeFor(s.ReceivedAt), out.timeFor(s.RevokedAt))
			}
			return c.print(out, itemsJSON(raw), t, "No other region has shared answers of "+string(cycle)+" with this one.")
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycleText)
	return cmd
}
