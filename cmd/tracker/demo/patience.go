package demo

import (
	"context"
	"errors"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// quorumTimeout is how long too few nodes may answer while a year is filled:
// they all share this machine, with whatever else it does.
const quorumTimeout = 60 * time.Second

// patiently takes a step that binds the nation, again with the same key while
// too few nodes answer or none says in time what came of it.
func patiently(ctx context.Context, cl *cli.Client, method, path string, body any) (cli.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, quorumTimeout)
	defer cancel()
	key := cl.NextKey()
	for {
		r, err := cl.Change(ctx, method, path, body, key)
		again := errors.Is(err, survey.ErrNoQuorum) || errors.Is(err, survey.ErrUnknownOutcome)
		if !again || !waitFor(ctx, pollEvery) {
			return r, err
		}
	}
}
