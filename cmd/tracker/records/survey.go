package records

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

// NewSurveyCommand lets companies answer for themselves.
func NewSurveyCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("survey", "Let companies answer for themselves: links and reminders", newSurveyInvite(c), newSurveyRemind(c), newSurveyLinks(c))
}

// linksPath is where a cycle's links are.
func linksPath(cycle string) string { return "/campaigns/" + url.PathEscape(cycle) + "/links" }
