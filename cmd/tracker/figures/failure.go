package figures

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
)

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
