package claims

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the campaigns",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), "/campaigns", nil)
			if err != nil {
				return err
			}
			var page api.Page[survey.Campaign]
			if err := r.Into(&page); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"CYCLE", "STATE", "OPENS", "CLOSES", "QUESTIONNAIRE", "DEFINITIONS", "POLICY", "OPENED BY"}}
			for _, p := range page.Items {
				t.Add(string(p.Cycle), string(p.State), p.Opens, p.Closes, p.Questionnaire, p.Definitions, p.Policy, string(p.OpenedBy))
			}
			return c.Print(out, r.Body, t, "There is no campaign yet. Open one with \"tracker campaign open CYCLE\".")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
