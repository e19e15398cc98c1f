package claims

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newCampaignEligible(c *cli.Invocation) *cobra.Command {
	return cli.Group("eligible", "The companies that a campaign means to survey: the denominator of the response rate",
		newEligibleImport(c), newEligibleShow(c), newEligibleRoll(c),
		newCampaignStep(c, "freeze CYCLE", "Freeze the eligible set: what comes later is shown as late", "/eligible/freeze", "The eligible set of %s is frozen."))
}
