package figures

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
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
	d, _, err := cli.Decoded[survey.Definitions](cl.Get(ctx, cli.CampaignPath(cycle)+"/definitions", nil))
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

// readAbout connects and reads one document; what and about say what for.
func readAbout(ctx context.Context, c *cli.Invocation, what, about, path string, query url.Values) (cli.Reply, error) {
	cl, err := c.Connect()
	if err != nil {
		return cli.Reply{}, err
	}
	r, err := cl.Get(ctx, path, query)
	if err != nil {
		return r, failure(what, about, err)
	}
	return r, nil
}

// failure says what was asked for about something, unless the node's own words name
// it already: nobody wants to read a cycle twice.
func failure(what, about string, err error) error {
	var problem *api.ProblemError
	if errors.As(err, &problem) && strings.Contains(problem.Problem.Detail, about) {
		return err
	}
	return fmt.Errorf("%s %s: %w", what, about, err)
}
