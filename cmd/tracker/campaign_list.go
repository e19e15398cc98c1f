package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the campaigns",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/campaigns", nil)
			if err != nil {
				return err
			}
			var page api.Page[survey.Campaign]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"CYCLE", "STATE", "OPENS", "CLOSES", "QUESTIONNAIRE", "DEFINITIONS", "POLICY", "OPENED BY"}}
			for _, p := range page.Items {
				t.add(string(p.Cycle), string(p.State), p.Opens, p.Closes, p.Questionnaire, p.Definitions, p.Policy, string(p.OpenedBy))
			}
			return c.print(out, r.body, t, "There is no campaign yet. Open one with \"tracker campaign open CYCLE\".")
		},
	}
	out.flags(cmd, true)
	return cmd
}
