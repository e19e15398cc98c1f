package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// awaitReady waits until every node can take claims, for at most startTimeout. It returns the line
// that says so.
func (d *instance) awaitReady(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	var last error
	for i, n := range d.file.Nodes {
		for {
			if last = AskReady(ctx, n.Operator); last == nil {
				break
			}

			// A node that has ended will never be ready, and its log has the reason.
			select {
			case <-d.nodes[i].ended():
				return "", fmt.Errorf("the node of %s has ended: %s", n.Region, lastLine(filepath.Join(n.Dir, logFile)))
			default:
			}

			if !notifier.Pause(ctx, pollEvery) {
				return "", fmt.Errorf("%s is not ready after %s: %w", n.Region, startTimeout, last)
			}
		}
	}

	// Any node would do: all of them know the federation by now.
	cl, err := d.client(d.file.Nodes[0])
	if err != nil {
		return "", err
	}
	status, _, err := cli.Decoded[survey.FederationStatus](cl.Get(ctx, "/federation", nil))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ready: %d nodes, %d voters, leader %s",
		len(status.Regions), status.Quorum.Voters, status.Leader), nil
}

// AskReady asks a node's operator port whether claims work. It returns nil if they do.
func AskReady(ctx context.Context, operator string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, operator+"/readyz?for=claim", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}

	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return err
	}

	if response.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(text)))
	}
	return nil
}
