package claims

import (
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// inBatches sends a list in batches. It returns the outcomes of the batches that were answered,
// even when a later one fails.
func inBatches(ids []survey.Identifier, send func([]survey.Identifier) (cli.Reply, error)) ([]survey.Outcome, error) {
	var items []survey.Outcome
	for start := 0; start < len(ids); start += cli.ClaimBatch {
		part := ids[start:min(start+cli.ClaimBatch, len(ids))]
		batch, _, err := cli.Decoded[api.Batch](send(part))

		// Outcomes are matched to companies by their place in the list.
		if err == nil && len(batch.Items) != len(part) {
			err = fmt.Errorf("the node answered %d results for %d companies", len(batch.Items), len(part))
		}
		if err != nil {
			return items, fmt.Errorf("companies %d to %d of %d: %w", start+1, start+len(part), len(ids), err)
		}
		items = append(items, batch.Items...)
	}
	return items, nil
}

// printOutcomes prints a row per company and returns the number of outcomes by status. Its error
// has the exit code of the worst refusal. If printing fails, the counts are nil.
func printOutcomes(c *cli.Invocation, out cli.Format, ids []survey.Identifier, items []survey.Outcome, empty string) (
	map[survey.OutcomeStatus]int, error) {
	var codes []int
	t := cli.Table{Header: []string{"COMPANY", "RESULT", "HOLDER", "SINCE", "DETAIL"}}
	counts := map[survey.OutcomeStatus]int{}
	for i, item := range items {
		counts[item.Status]++

		holder, since, detail := "", time.Time{}, ""
		switch {
		case item.Refusal != nil:
			codes = append(codes, cli.RefusalCode(item.Refusal))
			holder, since, detail = string(item.Refusal.Holder), item.Refusal.Since, string(item.Refusal.Code)
			if item.Refusal.Detail != "" {
				detail += ": " + item.Refusal.Detail
			}
		case item.Claim != nil:
			holder, since = string(item.Claim.Region), item.Claim.ClaimedAt
		}

		t.Add(string(ids[i]), string(item.Status), holder, out.TimeFor(since), detail)
	}

	if err := c.Print(out, map[string]any{"items": items}, t, empty); err != nil {
		return nil, err
	}

	// The table names every refusal, so this error prints nothing.
	if code := cli.Worst(codes); code != cli.ExitDone {
		return counts, &cli.Silent{Code: code}
	}
	return counts, nil
}
