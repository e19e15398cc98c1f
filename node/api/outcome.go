package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// nothingToSay is the answer of steps that return nothing.
type nothingToSay struct{}

// Sponsoring says for which region a command is made: a licensed region that
// has no node yet, for which this one records. Empty means this region itself.
type Sponsoring struct {
	For string `json:"for,omitempty" maxLength:"16" doc:"Region without a node of its own that this one records for"`
}

// request returns the caller's request in the name of that region.
func (s Sponsoring) request(ctx context.Context) (survey.Request, error) {
	r := request(ctx)
	region, err := optional(parseRegion, "body.for", s.For)
	if err != nil {
		return r, err
	}
	r.For = region
	return r, nil
}

// IdentifierBatch is a list of organisations by any of their identifiers.
type IdentifierBatch struct {
	Organisations []string `json:"organisations" nullable:"false" minItems:"1" maxItems:"5000" maxLength:"80"`
	Sponsoring
}

// Batch is the answer to a list: one item a row, in the order of the list.
type Batch struct {
	Items []survey.Outcome `json:"items" nullable:"false"`
}

type batchDone struct{ Body Batch }

// batch parses each row, sends the good ones, and returns their outcomes and
// the refusals of the others in the order of the list. A faulty row does not
// keep the others back.
func batch[T any](
	rows int, parse func(i int) (T, error), send func([]T) ([]survey.Outcome, error),
) (*batchDone, error) {
	// Outcomes come in the order of the rows that were sent; places leads back to the list.
	items := make([]survey.Outcome, rows)
	good, places := make([]T, 0, rows), make([]int, 0, rows)
	for i := range items {
		row, err := parse(i)
		if err != nil {
			refusal := &survey.Refusal{Code: survey.RefusedInvalid, Detail: rowDetail(err)}
			items[i] = survey.Outcome{Status: survey.OutcomeRefused, Refusal: refusal}
			continue
		}
		good, places = append(good, row), append(places, i)
	}

	if len(good) > 0 {
		outcomes, err := send(good)
		if err != nil {
			return nil, err
		}
		if len(outcomes) != len(good) {
			return nil, errOutcomes
		}
		for k, outcome := range outcomes {
			items[places[k]] = outcome
		}
	}
	return &batchDone{Body: Batch{Items: items}}, nil
}

// companiesOfCycle is a list of organisations for one campaign.
type companiesOfCycle struct {
	CyclePath
	Body IdentifierBatch
}

// identifierBatch is batch for a list of organisations of one campaign.
func identifierBatch(
	ctx context.Context, in *companiesOfCycle, sponsoring Sponsoring,
	send func(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error),
) (*batchDone, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	request, err := sponsoring.request(ctx)
	if err != nil {
		return nil, err
	}

	rows := in.Body.Organisations
	return batch(len(rows), func(i int) (survey.Identifier, error) {
		return parseIdentifier(at("body.organisations", i), rows[i])
	}, func(ids []survey.Identifier) ([]survey.Outcome, error) { return send(ctx, request, cycle, ids) })
}

// rowDetail returns the reason why a row was refused, without its values.
func rowDetail(err error) string {
	var p *Problem
	if errors.As(err, &p) && len(p.Errors) > 0 {
		return p.Errors[0].Field + ": " + p.Errors[0].Message
	}
	return scrubbed(err)
}

var errOutcomes = errors.New("the registry answered with another number of outcomes than rows")

// only returns the single outcome of a command about one thing, or its refusal
// as the error.
func only(outcomes []survey.Outcome, err error) (survey.Outcome, error) {
	// A command about one thing that is refused fails as a whole, unlike a row of a list.
	switch {
	case err != nil:
		return survey.Outcome{}, err
	case len(outcomes) != 1:
		return survey.Outcome{}, errOutcomes
	case outcomes[0].Refusal != nil:
		return survey.Outcome{}, outcomes[0].Refusal
	}
	return outcomes[0], nil
}

// refusedOr returns the error, or else the outcome's refusal, or nil.
func refusedOr(err error, outcome survey.Outcome) error {
	if err == nil && outcome.Refusal != nil {
		return outcome.Refusal
	}
	return err
}

// createdOrExisting returns 201 if the command made something, otherwise 200.
func createdOrExisting(o survey.Outcome) int {
	if o.Status == survey.OutcomeCreated || o.Status == survey.OutcomeGranted {
		return http.StatusCreated
	}
	return http.StatusOK
}

// Waiting says that a step binds the nation and waits: a second region consents
// by taking the same step, or by endorsing Proposal, until Lapses.
type Waiting struct {
	Proposal uint64 `json:"proposal,omitempty" doc:"Number that a second region endorses; absent when the step is in effect"`

	Lapses time.Time `json:"lapses,omitzero"`
}

// decisionReader reads the federation's decisions, the newest first.
type decisionReader interface {
	Decisions() Decisions
}

// waits reports whether the step waits for a second region. To a step that was
// taken before, the registry answers "exists": it waits if its proposal is
// still open.
func waits(decisions decisionReader, outcome survey.Outcome) (Waiting, bool) {
	if outcome.Status != survey.OutcomeProposed && outcome.Status != survey.OutcomeExists {
		return Waiting{}, false
	}

	waiting := Waiting{Proposal: outcome.Number}
	proposals := decisions.Decisions().Proposals
	i := slices.IndexFunc(proposals, func(p survey.Proposal) bool {
		return p.Number == outcome.Number && p.State == survey.ProposalOpen
	})
	if i >= 0 {
		waiting.Lapses = proposals[i].Lapses
	}

	// The decisions may lag behind the outcome, so a new proposal waits in any case.
	return waiting, i >= 0 || outcome.Status == survey.OutcomeProposed
}
