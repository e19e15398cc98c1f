package figures

import (
	"context"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// definitionsOf returns the definitions by which the cycle's campaign counts, with
// the words that the node has loaded. Where the node does not have them, or
// there was no campaign, they are the software's of the id, else none: then
// metrics are called by their own names.
func definitionsOf(ctx context.Context, c *cli.Invocation, cl *cli.Client, cycle survey.Cycle, id string) survey.Definitions {
	if known, err := survey.DefinitionsByID(id); err == nil {
		return known // a name means the same content everywhere
	}
	var d survey.Definitions
	r, err := cl.Get(ctx, cli.CampaignPath(cycle)+"/definitions", nil)
	if err == nil {
		err = r.Into(&d)
	}
	if err != nil || id != "" && d.ID != id {
		return survey.Definitions{}
	}
	return d
}

// definitionsWith returns definitions that have the metric: the software's current ones,
// else those of the cycle's campaign.
func definitionsWith(ctx context.Context, c *cli.Invocation, cl *cli.Client, cycle survey.Cycle, metric string) survey.Definitions {
	if current, err := survey.DefinitionsByID(survey.CurrentDefinitions); err == nil {
		if _, known := current.Metric(metric); known {
			return current
		}
	}
	return definitionsOf(ctx, c, cl, cycle, "")
}
