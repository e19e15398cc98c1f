package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// claimBatch is how many companies one request is about.
const claimBatch = 1000

// claimMany claims in batches. What was claimed is said even when a later
// batch fails.
func claimMany(ctx context.Context, c *cli, cl *client, out format, cycle survey.Cycle, ids []survey.Identifier, sponsored string) error {
	items, failed := inBatches(ids, func(part []survey.Identifier) (reply, error) {
		return cl.post(ctx, claimsPath(cycle)+":batch", api.IdentifierBatch{Organisations: texts(part), Sponsoring: api.Sponsoring{For: sponsored}})
	})
	if failed != nil {
		failed = fmt.Errorf("claim: %w", failed)
	}
	counts, err := printOutcomes(c, out, ids, items, "Nothing was claimed.")
	if counts != nil {
		c.say("%d claimed, %d this region's before, %d refused.", counts[survey.OutcomeGranted], counts[survey.OutcomeMine], counts[survey.OutcomeRefused])
	}
	if failed != nil {
		return failed
	}
	return err
}

// stepMany takes many claims one step each, bound to their tokens as all regions
// know them now.
func stepMany(c *cli, cmd *cobra.Command, s step, f stepFlags, ids []survey.Identifier, body api.ClaimStep, cycle survey.Cycle) error {
	if f.token != 0 {
		return usage(cmd, "--claim-token goes with one company, not with a list")
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	query := url.Values{"consistency": {"linearizable"}}
	claims, _, err := pages[survey.Claim](cmd.Context(), cl, claimsPath(cycle), query, 0)
	if err != nil {
		return fmt.Errorf("%s: read the claims: %w", s.action, err)
	}
	tokens := map[survey.Identifier]uint64{}
	for _, claim := range claims {
		tokens[claim.Organisation] = claim.Token
	}
	var known []survey.Identifier
	unknown := 0
	for _, id := range ids {
		if tokens[id] == 0 && !s.tokenless {
			claim, err := claimNow(cmd.Context(), cl, cycle, id) // it may be known under another identifier
			if errors.Is(err, survey.ErrNotFound) {
				c.say("%s: nobody holds it in %s", id, cycle)
				unknown++
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: read the claim of %s: %w", s.action, id, err)
			}
			tokens[id] = claim.Token
		}
		known = append(known, id)
	}
	items, failed := inBatches(known, func(part []survey.Identifier) (reply, error) {
		changes := api.ClaimChanges{}
		for _, id := range part {
			change := survey.ClaimChange{Organisation: id, Action: s.action, Reason: body.Reason, OfferTo: survey.Region(body.To)}
			if !s.tokenless {
				change.Token = tokens[id]
			}
			changes.Changes = append(changes.Changes, change)
		}
		return cl.post(cmd.Context(), claimsPath(cycle)+":change", changes)
	})
	if failed != nil {
		failed = fmt.Errorf("%s: %w", s.action, failed)
	}
	counts, err := printOutcomes(c, f.out, known, items, "Nothing was changed.")
	if counts != nil {
		c.say("%d changed, %d so already, %d refused, %d held by nobody.", counts[survey.OutcomeChanged], counts[survey.OutcomeUnchanged], counts[survey.OutcomeRefused], unknown)
	}
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return err
	case unknown > 0:
		return &silent{code: exitNotFound}
	}
	return nil
}

// claimNow reads one claim from all regions.
func claimNow(ctx context.Context, cl *client, cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	r, err := readClaim(ctx, cl, cycle, id, true)
	if err != nil {
		return survey.Claim{}, err
	}
	var claim survey.Claim
	return claim, r.into(&claim)
}

// inBatches sends a list part by part, and returns the outcomes of the parts
// that were answered, also when a later one fails.
func inBatches(ids []survey.Identifier, send func([]survey.Identifier) (reply, error)) ([]survey.Outcome, error) {
	var items []survey.Outcome
	for start := 0; start < len(ids); start += claimBatch {
		part := ids[start:min(start+claimBatch, len(ids))]
		var batch api.Batch
		r, err := send(part)
		if err == nil {
			err = r.into(&batch)
		}
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

// printOutcomes prints a row per company and returns how many outcomes of each
// status there are. The error carries the worst refusal's exit code, or is that
// of printing; then the counts are nil.
func printOutcomes(c *cli, out format, ids []survey.Identifier, items []survey.Outcome, empty string) (map[survey.OutcomeStatus]int, error) {
	var codes []int
	t := table{header: []string{"COMPANY", "RESULT", "HOLDER", "SINCE", "DETAIL"}}
	counts := map[survey.OutcomeStatus]int{}
	for i, item := range items {
		counts[item.Status]++
		holder, since, detail := "", time.Time{}, ""
		switch {
		case item.Refusal != nil:
			codes = append(codes, refusalCode(item.Refusal))
			holder, since, detail = string(item.Refusal.Holder), item.Refusal.Since, string(item.Refusal.Code)
			if item.Refusal.Detail != "" {
				detail += ": " + item.Refusal.Detail
			}
		case item.Claim != nil:
			holder, since = string(item.Claim.Region), item.Claim.ClaimedAt
		}
		t.add(string(ids[i]), string(item.Status), holder, out.timeFor(since), detail)
	}
	if err := c.print(out, map[string]any{"items": items}, t, empty); err != nil {
		return nil, err
	}
	if code := worst(codes); code != exitDone {
		return counts, &silent{code: code}
	}
	return counts, nil
}

// readIdentifiers reads the first identifier of each row of a list. Rows
// without a usable one refuse the whole list: a claim is not to be forgotten.
func readIdentifiers(path string) ([]survey.Identifier, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	defer f.Close()
	list, err := sheet.OpenCSV(f, sheet.Options{Name: path})
	if err != nil {
		return nil, fileFault(err)
	}
	mapping, err := sheet.RecognizeIdentifiers(list.Header())
	if err != nil {
		return nil, fileFault(fmt.Errorf("%s: row 1: %w", path, err))
	}
	var ids []survey.Identifier
	seen := map[survey.Identifier]bool{}
	for row, err := range list.Rows() {
		if err != nil {
			return nil, fileFault(err)
		}
		found, problems := mapping.Identifiers(row)
		for _, p := range problems {
			if p.Severity == sheet.Refused {
				return nil, fileFault(fmt.Errorf("%s: %s", path, p))
			}
		}
		if len(found) == 0 {
			return nil, fileFault(fmt.Errorf("%s: row %d (line %d): no number: nothing can be claimed without one", path, row.Number, row.Line))
		}
		if !seen[found[0]] {
			seen[found[0]] = true
			ids = append(ids, found[0])
		}
	}
	return ids, nil
}

// fileFault marks a fault of a person's file: wrong input, nothing recorded.
func fileFault(err error) error { return &badFile{cause: err} }

type badFile struct{ cause error }

func (e *badFile) Error() string {
	return fmt.Sprintf("%v. Nothing was recorded: correct the file and run it again", e.cause)
}

func (e *badFile) Unwrap() []error { return []error{survey.ErrInvalid, e.cause} }
