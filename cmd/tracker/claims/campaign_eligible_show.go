package claims

import (
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
			mark := map[bool]string{true: "yes"}
			return cli.List[survey.Eligible]{
				Doing:  "eligible set of " + string(cycle),
				Path:   cli.CampaignPath(cycle) + "/eligible",
				Header: []string{"COMPANY", "SOURCE", "SUPPORTED BY", "ADDED", "LATE", "LAST HOLDER", "LAST STATE", "LAST REASON", "DO NOT SURVEY"},
				Row: func(e survey.Eligible) []string {
					return []string{string(e.Organisation), string(e.Source), cli.Join(e.SupportedBy), out.TimeFor(e.Added), mark[e.Late],
						string(e.LastHolder), string(e.LastState), string(e.LastReason), mark[e.DoNotSurvey]}
				},
				Empty: "The eligible set is empty.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
