package api

import (
	"context"
	"net/http"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

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

// ClaimFreed is a claim after other regions asked for it to be released.
type ClaimFreed struct {
	survey.Claim
	Waiting
}

type (
	stepClaim struct {
		ClaimPath
		Body ClaimStep
	}
	claimStepped struct{ Body survey.Claim }
	changeClaims struct {
		CyclePath
		Body ClaimChanges
	}
	claimFreed struct {
		Status int
		Body   ClaimFreed
	}
)

// claimStep is one step of a claim's life and the least role that may take it.
type claimStep struct {
	action  survey.ClaimAction
	role    store.Permission
	summary string
}

var claimSteps = []claimStep{
	{survey.ActionContact, store.PermissionAdviser, "The company has been contacted"},
	{survey.ActionRespond, store.PermissionAdviser, "A complete answer is recorded; recording one does this by itself"},
	{survey.ActionDecline, store.PermissionAdviser, "The company declines, with a reason"},
	{survey.ActionUnreachable, store.PermissionAdviser, "The company cannot be reached"},
	{survey.ActionIneligible, store.PermissionAdviser, "The company does not belong in the survey"},
	{survey.ActionRelease, store.PermissionAdviser, "Give the claim up"},
	{survey.ActionReopen, store.PermissionLead, "Reopen a claim that has ended"},
	{survey.ActionOffer, store.PermissionAdviser, "Offer the claim to another region"},
	{survey.ActionAccept, store.PermissionAdviser, "Accept a claim that was offered to this region"},
	{survey.ActionRefuse, store.PermissionAdviser, "Refuse a claim that was offered to this region"},
	{survey.ActionWithdraw, store.PermissionAdviser, "Take an offer back"},
	{survey.ActionRequest, store.PermissionAdviser, "Ask the holder for the claim"},
}

func stepOf(action survey.ClaimAction) (claimStep, bool) {
	for _, step := range claimSteps {
		if step.action == action {
			return step, true
		}
	}
	return claimStep{}, false
}

// step returns the handler of one action on a claim. The registry decides
// whether the claim's state allows the action, and to this region.
func (h claimHandlers) step(action survey.ClaimAction) func(context.Context, *stepClaim) (*claimStepped, error) {
	return func(ctx context.Context, in *stepClaim) (*claimStepped, error) {
		cycle, id, err := in.parse()
		if err != nil {
			return nil, err
		}

		change, err := parseChange("body", survey.ClaimChange{
			Organisation: id, Action: action, Token: in.Body.Token, Reason: in.Body.Reason,
			OfferTo: survey.Region(in.Body.To),
		})
		if err != nil {
			return nil, err
		}

		claim, _, err := h.one(ctx, in.Body.Sponsoring, cycle, id,
			func(request survey.Request) ([]survey.Outcome, error) {
				return h.claims.ChangeClaims(ctx, request, cycle, []survey.ClaimChange{change})
			})
		if err != nil {
			return nil, err
		}
		return &claimStepped{Body: claim}, nil
	}
}

// parseChange checks the rules of every change of a claim.
func parseChange(field string, change survey.ClaimChange) (survey.ClaimChange, error) {
	if change.Token == 0 && change.Action != survey.ActionRequest {
		return change, invalidField(field+".token", "send the claim's current token: read the claim first")
	}
	if (change.OfferTo != "") != (change.Action == survey.ActionOffer) {
		return change, invalidField(field+".to", "goes with an offer, and only with it")
	}
	var err error
	change.OfferTo, err = optional(parseRegion, field+".to", string(change.OfferTo))
	return change, err
}

// changeMany takes each claim of the list one step. A step that the caller's
// role does not allow refuses the whole list.
func (h claimHandlers) changeMany(ctx context.Context, in *changeClaims) (*batchDone, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	// The whole list is checked first: a refusal for the role must not come after some steps.
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
		// An unknown action refuses its row alone, since no role is known for it.
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
		return h.claims.ChangeClaims(ctx, request(ctx), cycle, good)
	})
}

// releaseIdle takes a company from a holder that does nothing about it.
func (h claimHandlers) releaseIdle(ctx context.Context, in *ClaimPath) (*claimFreed, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}

	outcome, err := h.claims.ReleaseIdle(ctx, request(ctx), cycle, id)
	if err := refusedOr(err, outcome); err != nil {
		return nil, err
	}

	claim, err := h.after(outcome, cycle, id)
	if err != nil {
		return nil, err
	}

	out := &claimFreed{Status: http.StatusOK, Body: ClaimFreed{Claim: claim}}
	if waiting, yes := waits(h.decisions, outcome); yes {
		out.Status, out.Body.Waiting = http.StatusAccepted, waiting
	}
	return out, nil
}
