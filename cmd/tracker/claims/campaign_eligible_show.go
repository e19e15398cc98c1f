package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newEligibleShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "show CYCLE",
		Short: "Show the eligible set, with what the campaign before left",
		Args:  cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			found, raw, err := cli.Pages[survey.Eligible](cmd.Context(), cl, cli.CampaignPath(cycle)+"/eligible", nil, 0)
			if err != nil {
				return fmt.Errorf("eligible set of %s: %w", cycle, err)
			}
			t := cli.Table{Header: []string{"COMPANY", "SOURCE", "SUPPORTED BY", "ADDED", "LATE", "LAST HOLDER", "LAST STATE", "LAST REASON", "DO NOT SURVEY"}}
			mark := map[bool]string{true: "yes"}
			for _, e := range found {
				t.Add(string(e.Organisation), string(e.Source), cli.Join(e.SupportedBy), out.TimeFor(e.Added), mark[e.Late],
					string(e.LastHolder), string(e.LastState), string(e.LastReason), mark[e.DoNotSurvey])
			}
			return c.Print(out, cli.ItemsJSON(raw), t, "The eligible set is empty.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
