package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// proposedClaims returns the free companies that this region leads and says
// which others it left out, and why.
func proposedClaims(c *cli.Invocation, cmd *cobra.Command, cl *cli.Client, cycle survey.Cycle) ([]survey.Identifier, error) {
	proposed, _, err := cli.Pages[survey.ProposedClaim](cmd.Context(), cl, cli.CampaignPath(cycle)+"/proposed", nil, 0)
	if err != nil {
		return nil, fmt.Errorf("companies that this region leads in %s: %w", cycle, err)
	}
	var ids []survey.Identifier
	for _, p := range proposed {
		switch {
		case p.Holder != "":
			c.Say("%s %s: held by %s (%s).", p.Organisation, p.Name, p.Holder, p.State)
		case p.DoNotSurvey:
			c.Say("%s %s: asked not to be surveyed.", p.Organisation, p.Name)
		default:
			if len(p.AlsoSupportedBy) > 0 {
				c.Say("%s %s: supported by %s too.", p.Organisation, p.Name, cli.Join(p.AlsoSupportedBy))
			}
			ids = append(ids, p.Organisation)
		}
	}
	return ids, nil
}
