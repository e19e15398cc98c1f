package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/ahsn-network/tracker/store/survey"
)

// Claims reads claims from this node's copy of the registry, claims companies
// for this region and changes claims. The writes block until this node has
// applied the outcome. ClaimHistory is in the order of the changes' numbers.
type Claims interface {
	claimFinder
	Claims(filter survey.ClaimFilter, after string, limit int) (claims []survey.Claim, next string)
	ClaimHistory(survey.Cycle, survey.Identifier) ([]survey.ClaimEvent, error)
	Claim(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ChangeClaims(context.Context, survey.Request, survey.Cycle, []survey.ClaimChange) ([]survey.Outcome, error)
	ReleaseIdle(
		ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
	) (survey.Outcome, error)
}

// Receipts proves decisions. A receipt is JSON, byte for byte as it is
// verified. The error wraps survey.ErrNotFound if there is no such decision.
type Receipts interface {
	// Receipt proves the claim's decision of that number, or its last change if
	// the number is 0.
	Receipt(ctx context.Context, cycle survey.Cycle, id survey.Identifier, number uint64) ([]byte, error)
	// ReceiptOf proves any decision that binds the nation.
	ReceiptOf(ctx context.Context, number uint64) ([]byte, error)
}

// NewClaim claims one company.
type NewClaim struct {
	Organisation string `json:"organisation" maxLength:"80" example:"GB-COH:07209813"`
	Sponsoring
}

type (
	listClaims struct {
		CyclePath
		Region string `query:"region" maxLength:"16" doc:"Holder"`

		State string `query:"state" enum:"claimed,contacted,responded,declined,unreachable,ineligible,released,transferring"`

		Mine bool `query:"mine" doc:"Only those of this node's region"`
		Idle bool `query:"idle" doc:"Only those not contacted for 28 days"`
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
	newClaim struct {
		CyclePath
		Body NewClaim
	}
	claimWritten struct {
		Status int
		Body   survey.Claim
	}
)

// claimHandlers read claims, make them and take their steps.
type claimHandlers struct {
	region    survey.Region
	lists     campaignLists
	claims    Claims
	decisions decisionReader
	receipts  Receipts
}

func (h claimHandlers) list(ctx context.Context, in *listClaims) (*claimsPage, error) {
	cycle, err := in.CyclePath.parse()
	if err != nil {
		return nil, err
	}

	filter := survey.ClaimFilter{Cycle: cycle, State: survey.ClaimState(in.State), Idle: in.Idle}
	switch {
	case in.Region != "" && in.Mine:
		return nil, invalidField("query.mine", "does not go with region")
	case in.Mine:
		filter.Region = h.region
	case in.Region != "":
		if filter.Region, err = parseRegion("query.region", in.Region); err != nil {
			return nil, err
		}
	}

	list := fmt.Sprintf("claims %s %s %s", cycle, filter.Region, filter.State)
	headers, body, err := campaignPage(ctx, h.lists, cycle, list, in.Paging, in.Freshness,
		func(after string, limit int) ([]survey.Claim, string) { return h.claims.Claims(filter, after, limit) })
	if err != nil {
		return nil, err
	}
	return &claimsPage{ReadHeaders: headers, Body: body}, nil
}

func (h claimHandlers) get(ctx context.Context, in *oneClaim) (*registryRead[survey.Claim], error) {
	cycle, id, err := in.parse()
	return readOne(ctx, err, in.Freshness, h.lists.replica, func() (survey.Claim, error) {
		claim, err := h.claims.ClaimOf(cycle, id)
		// A released claim keeps its history, but nobody holds the company.
		if err == nil && claim.Free() {
			err = newProblem(codeNotFound, "Nobody holds this company in this cycle")
		}
		return claim, err
	})
}

func (h claimHandlers) history(ctx context.Context, in *oneClaim) (*registryRead[Page[survey.ClaimEvent]], error) {
	cycle, id, err := in.parse()
	return readOne(ctx, err, in.Freshness, h.lists.replica, func() (Page[survey.ClaimEvent], error) {
		events, err := h.claims.ClaimHistory(cycle, id)
		return page("claim-history", events, ""), err
	})
}

func (h claimHandlers) claim(ctx context.Context, in *newClaim) (*claimWritten, error) {
	cycle, id, err := in.CyclePath.with("body.organisation", in.Body.Organisation)
	if err != nil {
		return nil, err
	}

	claim, outcome, err := h.one(ctx, in.Body.Sponsoring, cycle, id,
		func(request survey.Request) ([]survey.Outcome, error) {
			return h.claims.Claim(ctx, request, cycle, []survey.Identifier{id})
		})
	if err != nil {
		return nil, err
	}
	return &claimWritten{Status: createdOrExisting(outcome), Body: claim}, nil
}

func (h claimHandlers) claimMany(ctx context.Context, in *companiesOfCycle) (*batchDone, error) {
	return identifierBatch(ctx, in, in.Body.Sponsoring, h.claims.Claim)
}

// one sends a command about one company and returns its outcome and the claim
// as it is afterwards.
func (h claimHandlers) one(
	ctx context.Context, sponsoring Sponsoring, cycle survey.Cycle, id survey.Identifier,
	send func(survey.Request) ([]survey.Outcome, error),
) (survey.Claim, survey.Outcome, error) {
	request, err := sponsoring.request(ctx)
	if err != nil {
		return survey.Claim{}, survey.Outcome{}, err
	}

	outcome, err := only(send(request))
	if err != nil {
		return survey.Claim{}, survey.Outcome{}, err
	}
	claim, err := h.after(outcome, cycle, id)
	return claim, outcome, err
}

// after returns the claim as the command left it, which a repeated request gets
// too, or as it is now if the outcome does not carry it.
func (h claimHandlers) after(outcome survey.Outcome, cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	if outcome.Claim != nil {
		return *outcome.Claim, nil
	}
	return h.claims.ClaimOf(cycle, id)
}

var receiptQuery = [][2]string{{"number", "The decision to prove, by its token; the claim's last change if absent"}}

func (h claimHandlers) receipt(w http.ResponseWriter, r *http.Request) error {
	cycle, id, err := claimPathOf(r).parse()
	if err != nil {
		return err
	}

	number := uint64(0)
	if text := r.URL.Query().Get("number"); text != "" {
		if number, err = strconv.ParseUint(text, 10, 63); err != nil {
			return invalidField("query.number", "write the token of a decision, digits only")
		}
	}

	text, err := h.receipts.Receipt(r.Context(), cycle, id, number)
	if err != nil {
		return err
	}
	return answerBytes(w, text)
}

func (h claimHandlers) receiptOf(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 63)
	if err != nil {
		return invalidField("path.number", "write the number of a decision, digits only")
	}

	text, err := h.receipts.ReceiptOf(r.Context(), number)
	if err != nil {
		return err
	}
	return answerBytes(w, text)
}
