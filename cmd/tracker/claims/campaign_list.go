package claims

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the campaigns",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.Campaign]{
				Path:   "/campaigns",
				Header: []string{"CYCLE", "STATE", "OPENS", "CLOSES", "QUESTIONNAIRE", "DEFINITIONS", "POLICY", "OPENED BY"},
				Row: func(p survey.Campaign) []string {
					return []string{string(p.Cycle), string(p.State), p.Opens, p.Closes, p.Questionnaire, p.Definitions, p.Policy, string(p.OpenedBy)}
				},
				Empty: "There is no campaign yet. Open one with \"tracker campaign open CYCLE\".",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
