package records

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewResponseCommand records and shows companies' answers.
func NewResponseCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("response", "Record and show companies' answers (kept at this region's node)",
		newResponseRecord(c), newResponseShow(c), newResponseList(c), newResponseTemplate(c), newResponseShare(c), newResponseShared(c), newResponseTakeOver(c), newResponseTakeOvers(c))
}

func responsesPath(cycle survey.Cycle) string {
	return cli.CampaignPath(cycle) + "/responses"
}

func responsePath(cycle survey.Cycle, id survey.Identifier) string {
	return responsesPath(cycle) + "/" + url.PathEscape(string(id))
}
