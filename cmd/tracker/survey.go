package main

import (
	"net/url"

	"github.com/spf13/cobra"
)

func newSurveyCommand(c *cli) *cobra.Command {
	return group("survey", "Let companies answer for themselves: links and reminders", newSurveyInvite(c), newSurveyRemind(c), newSurveyLinks(c))
}

// linksPath is where a cycle's links are.
func linksPath(cycle string) string { return "/campaigns/" + url.PathEscape(cycle) + "/links" }
