package records

import (
	"context"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// questionsOf returns what the node's region asks in the cycle: the questions of its
// campaign, then its own. Where there is no node or no campaign to ask for, it
// returns the software's current questionnaire and says so.
func questionsOf(ctx context.Context, c *cli.Invocation, cycle survey.Cycle) (survey.Questionnaire, error) {
	var q survey.Questionnaire
	cl, err := c.Connect()
	if err == nil {
		var r cli.Reply
		if r, err = cl.Get(ctx, cli.CampaignPath(cycle)+"/questionnaire", nil); err == nil {
			return q, r.Into(&q)
		}
	}
	c.Say("These are the questions of %s: what the region asks in %s could not be read (%v).", survey.CurrentQuestionnaire, cycle, err)
	return survey.QuestionnaireByID(survey.CurrentQuestionnaire)
}
