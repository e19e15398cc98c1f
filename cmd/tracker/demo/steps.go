package demo

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func registerCompanies(ctx context.Context, r *regionPart) error {
	for batch := range slices.Chunk(r.leads, batchSize) {
		rows := make([]api.NewOrganisation, len(batch))
		for i, company := range batch {
			new := company.New
			rows[i] = api.NewOrganisation{Identifiers: []string{string(company.ID)}, Name: new.Name,
				NameAsOf: new.NameAsOf,
				Kind:     new.Kind, Status: new.Status, Sector: new.Sector, SizeBand: new.SizeBand,
				LeadRegion: string(new.LeadRegion)}
		}
		if _, err := r.batch(ctx, "/organisations:batch", api.OrganisationBatch{Organisations: rows}); err != nil {
			return err
		}
	}
	return nil
}

func recordSupport(ctx context.Context, r *regionPart) error {
	supported := slices.Clone(r.second)
	for _, company := range r.leads {
		supported = append(supported, company.ID)
	}

	for batch := range slices.Chunk(supported, batchSize) {
		if _, err := r.batch(ctx, r.path("supported"), identifierBatch(batch)); err != nil {
			return err
		}
	}
	return nil
}

func claimCompanies(ctx context.Context, r *regionPart) error {
	var ids []survey.Identifier
	for _, company := range r.leads {
		if company.State != "" {
			ids = append(ids, company.ID)
		}
	}

	for batch := range slices.Chunk(ids, batchSize) {
		items, err := r.batch(ctx, r.path("claims:batch"), identifierBatch(batch))
		if err != nil {
			return err
		}

		for _, item := range items {
			if item.Claim != nil {
				r.claims[item.Claim.Organisation] = *item.Claim
			}
		}
	}
	return nil
}

// recordAnswers records the answers of the companies that gave some, and the outcomes of the
// others.
func recordAnswers(ctx context.Context, r *regionPart) error {
	questions, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		return err
	}

	outcomes := map[survey.ClaimState]survey.ClaimChange{
		survey.Contacted:   {Action: survey.ActionContact},
		survey.Declined:    {Action: survey.ActionDecline, Reason: survey.ReasonNoTime},
		survey.Unreachable: {Action: survey.ActionUnreachable, Reason: survey.ReasonNoContact},
	}

	list, err := answersList(r.leads, questions)
	if err != nil {
		return err
	}
	if err := r.importAnswers(ctx, list); err != nil {
		return err
	}

	var changes []survey.ClaimChange
	// An interrupted run has taken some of these steps already, and those claims have moved on.
	for _, company := range r.leads {
		change, ends := outcomes[company.State]
		claim := r.claims[company.ID]
		if ends && claim.State == survey.Claimed {
			change.Organisation, change.Token = company.ID, claim.Token
			changes = append(changes, change)
		}
	}

	for batch := range slices.Chunk(changes, batchSize) {
		if _, err := r.batch(ctx, r.path("claims:change"), api.ClaimChanges{Changes: batch}); err != nil {
			return err
		}
	}
	return nil
}

// takeToAnswers takes registered companies from their supporters to their answers. All regions
// finish a step before the next one begins.
func takeToAnswers(ctx context.Context, regions []*regionPart) error {
	for _, step := range []struct {
		what string
		do   func(context.Context, *regionPart) error
	}{
		{"record who supported them", recordSupport},
		{"claim them", claimCompanies},
		{"record answers and outcomes", recordAnswers},
	} {
		if err := forAll(ctx, regions, step.do); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// batchSize is the number of companies in one request.
const batchSize = 500

// importAnswers sends the answers as one list, which makes one change of the records.
func (r *regionPart) importAnswers(ctx context.Context, list []byte) error {
	path := "/imports?kind=responses&cycle=" + url.QueryEscape(string(r.cycle))
	upload := cli.Upload{Path: path, Name: "answers.csv", Text: list}
	done, _, err := cli.Decoded[survey.Import](r.client.Upload(ctx, upload))
	if err != nil {
		return err
	}
	if done.Refused > 0 {
		return fmt.Errorf("%d of %d answers were refused, the first: %+v", done.Refused, done.Rows, done.Problems[0])
	}
	return nil
}
