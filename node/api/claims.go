package api

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// ClaimReader reads claims from this node's copy of the registry.
type ClaimReader interface {
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
	Claims(filter survey.ClaimFilter, after string, limit int) (claims []survey.Claim, next string)
}

// ClaimWriter claims companies for this region and changes claims. Both block
// until this node has applied the outcome.
type ClaimWriter interface {
	Claim(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ChangeClaims(context.Context, survey.Request, survey.Cycle, []survey.ClaimChange) ([]survey.Outcome, error)
}

// NewClaim claims one company.
type NewClaim struct {
	Organisation string `json:"organisation" maxLength:"80" example:"GB-COH:07209813"`
	Sponsoring
}

// ClaimStep is one step of a claim. Token is the claim's current fencing
// token; a request to the holder may leave it out. Reason goes with a step
// away from an answer, To with an offer.
type ClaimStep struct {
	Token  uint64            `json:"token,omitempty"`
	Reason survey.ReasonCode `json:"reason,omitempty"`
	To     string            `json:"to,omitempty" maxLength:"16" doc:"Region code that the claim is offered to"`
	Sponsoring
}

// ClaimChanges is a list of steps, each of one claim.
type ClaimChanges struct {
	Changes []survey.ClaimChange `json:"changes" nullable:"false" minItems:"1" maxItems:"5000"`
}

// ClaimPath is the claim of one company in a path.
type ClaimPath struct {
	CyclePath
	Organisation string `path:"organisation" maxLength:"80" doc:"Any identifier or alias" example:"GB-COH:07209813"`
}

func (c ClaimPath) parse() (survey.Cycle, survey.Identifier, error) {
	cycle, err := c.CyclePath.parse()
	if err != nil {
		return "", "", err
	}
	id, err := parseIdentifier("path.organisation", c.Organisation)
	return cycle, id, err
}

type (
	listClaims struct {
		CyclePath
		Region string `query:"region" maxLength:"16" doc:"Holder"`
		State  string `query:"state" enum:"claimed,contacted,responded,declined,unreachable,ineligible,released,transferring"`
		Mine   bool   `query:"mine" doc:"Only those of this node's region"`
		Idle   bool   `query:"idle" doc:"Only those not contacted for 28 days"`
		Paging
		Freshness
	}
	claimsPage struct {
		ReadHeaders
		Body Page[survey.Claim]
	}
	oneClaim struct {
		ClaimPath
		Freshness
	}
	claimRead struct {
		ReadHeaders
		Body survey.Claim
	}
	newClaim struct {
		CyclePath
		Body NewClaim
	}
	claimWritten struct {
		Status int
		Body   survey.Claim
	}
	newClaims struct {
		CyclePath
		Body IdentifierBatch
	}
	stepClaim struct {
		ClaimPath
		Body ClaimStep
	}
	claimStepped struct{ Body survey.Claim }
	changeClaims struct {
		CyclePath
		Body ClaimChanges
	}
)

func (s *server) listClaims(ctx context.Context, in *listClaims) (*claimsPage, error) {
	cycle, err := in.CyclePath.parse()
	if err != nil {
		return nil, err
	}
	filter := survey.ClaimFilter{Cycle: cycle, State: survey.ClaimState(in.State), Idle: in.Idle}
	switch {
	case in.Region != "" && in.Mine:
		return nil, invalidField("query.mine", "does not go with region")
	case in.Mine:
		filter.Region = s.region
	case in.Region != "":
		if filter.Region, err = parseRegion("query.region", in.Region); err != nil {
			return nil, err
		}
	}
	list := fmt.Sprintf("claims %s %s %s", cycle, filter.Region, filter.State)
	after, err := decodeCursor(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	if _, err := s.registry.Campaign(cycle); err != nil {
		return nil, err
	}
	claims, next := s.registry.Claims(filter, after, in.Limit)
	return &claimsPage{ReadHeaders: headers, Body: page(list, claims, next)}, nil
}

func (s *server) getClaim(ctx context.Context, in *oneClaim) (*claimRead, error) {
	cycle, id, err := in.ClaimPath.parse()
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	claim, err := s.registry.ClaimOf(cycle, id)
	if err != nil {
		return nil, err
	}
	if claim.Free() {
		return nil, newProblem(codeNotFound, "Nobody holds this company in this cycle")
	}
	return &claimRead{ReadHeaders: headers, Body: claim}, nil
}

func (s *server) claim(ctx context.Context, in *newClaim) (*claimWritten, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	id, err := parseIdentifier("body.organisation", in.Body.Organisation)
	if err != nil {
		return nil, err
	}
	request, err := in.Body.request(ctx)
	if err != nil {
		return nil, err
	}
	outcomes, err := s.registry.Claim(ctx, request, cycle, []survey.Identifier{id})
	if err != nil {
		return nil, err
	}
	outcome, err := only(outcomes)
	if err != nil {
		return nil, err
	}
	claim, err := s.claimAfter(outcome, cycle, id)
	if err != nil {
		return nil, err
	}
	return &claimWritten{Status: createdOrExisting(outcome), Body: claim}, nil
}

func (s *server) claimMany(ctx context.Context, in *newClaims) (*batchDone, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	request, err := in.Body.request(ctx)
	if err != nil {
		return nil, err
	}
	return identifierBatch(in.Body, func(ids []survey.Identifier) ([]survey.Outcome, error) {
		return s.registry.Claim(ctx, request, cycle, ids)
	})
}

// step returns the handler of one action on a claim. Whether the action is
// allowed in the claim's state, and to this region, is the registry's to say.
func (s *server) step(action survey.ClaimAction) func(context.Context, *stepClaim) (*claimStepped, error) {
	return func(ctx context.Context, in *stepClaim) (*claimStepped, error) {
		cycle, id, err := in.parse()
		if err != nil {
			return nil, err
		}
		change, err := parseChange("body", survey.ClaimChange{Organisation: id, Action: action, Token: in.Body.Token, Reason: in.Body.Reason, OfferTo: survey.Region(in.Body.To)})
		if err != nil {
			return nil, err
		}
		request, err := in.Body.request(ctx)
		if err != nil {
			return nil, err
		}
		outcomes, err := s.registry.ChangeClaims(ctx, request, cycle, []survey.ClaimChange{change})
		if err != nil {
			return nil, err
		}
		outcome, err := only(outcomes)
		if err != nil {
			return nil, err
		}
		claim, err := s.claimAfter(outcome, cycle, id)
		if err != nil {
			return nil, err
		}
		return &claimStepped{Body: claim}, nil
	}
}

// parseChange checks what every change of a claim needs, wherever it came from.
func parseChange(field string, change survey.ClaimChange) (survey.ClaimChange, error) {
	if change.Token == 0 && change.Action != survey.ActionRequest {
		return change, invalidField(field+".token", "send the claim's current token: read the claim first")
	}
	if (change.OfferTo != "") != (change.Action == survey.ActionOffer) {
		return change, invalidField(field+".to", "goes with an offer, and only with it")
	}
	var err error
	if change.OfferTo != "" {
		change.OfferTo, err = parseRegion(field+".to", string(change.OfferTo))
	}
	return change, err
}

// changeMany takes each claim of the list one step. A step that the caller's
// role does not allow refuses the whole list.
func (s *server) changeMany(ctx context.Context, in *changeClaims) (*batchDone, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	for _, change := range in.Body.Changes {
		if step, known := stepOf(change.Action); known {
			if p := authorise(caller(ctx), step.role); p != nil {
				return nil, p
			}
		}
	}
	rows := in.Body.Changes
	return batch(len(rows), func(i int) (survey.ClaimChange, error) {
		field, change := at("body.changes", i), rows[i]
		if _, known := stepOf(change.Action); !known {
			return change, invalidField(field+".action", "is not a step of a claim")
		}
		id, err := parseIdentifier(field+".organisation", string(change.Organisation))
		if err != nil {
			return change, err
		}
		change.Organisation = id
		return parseChange(field, change)
	}, func(good []survey.ClaimChange) ([]survey.Outcome, error) {
		return s.registry.ChangeClaims(ctx, request(ctx), cycle, good)
	})
}

// claimAfter returns the claim as the command left it, which a repeated
// request gets too, or as it is now if the outcome does not carry it.
func (s *server) claimAfter(outcome survey.Outcome, cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	if outcome.Claim != nil {
		return *outcome.Claim, nil
	}
	return s.registry.ClaimOf(cycle, id)
}
