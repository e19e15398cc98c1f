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

// definitionsOf returns the definitions that the cycle's campaign counts by, as the node has loaded
// them. The software's own come first. It returns none if the node does not have them or there was
// no campaign: metrics are then shown by their ids.
func definitionsOf(ctx context.Context, cl *cli.Client, cycle survey.Cycle, id string) survey.Definitions {
	if known, err := survey.DefinitionsByID(id); err == nil {
		return known // the same name means the same content everywhere
	}

	d, _, err := cli.Decoded[survey.Definitions](cl.Get(ctx, cli.CampaignPath(cycle)+"/definitions", nil))

	// An empty id asks for the ones that the campaign uses.
	if err != nil || id != "" && d.ID != id {
		return survey.Definitions{}
	}
	return d
}

// definitionsWith returns definitions that have the metric: the software's current ones, or else
// those of the cycle's campaign.
func definitionsWith(ctx context.Context, cl *cli.Client, cycle survey.Cycle, metric string) survey.Definitions {
	if current, err := survey.DefinitionsByID(survey.CurrentDefinitions); err == nil {
		if _, known := current.Metric(metric); known {
			return current
		}
	}
	return definitionsOf(ctx, cl, cycle, "")
}

// readAbout connects and reads one document. what and about are for failure.
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

// failure begins an error with the request and its cycle, unless the node's own words name
// the cycle already.
func failure(what, about string, err error) error {
	var problem *api.ProblemError
	if errors.As(err, &problem) && strings.Contains(problem.Problem.Detail, about) {
		return err
	}
	return fmt.Errorf("%s %s: %w", what, about, err)
}
