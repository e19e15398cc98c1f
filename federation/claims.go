package federation

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimReader reads claims and proves them.
type claimReader interface {
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
	Claims(filter survey.ClaimFilter, after string, limit int) (page []survey.Claim, next string)
	ClaimHistory(survey.Cycle, survey.Identifier) ([]survey.ClaimEvent, error)
	ProposedClaims(
		cycle survey.Cycle, region survey.Region, after string, limit int,
	) (page []survey.ProposedClaim, next string)
	Supporters(survey.Cycle, survey.Identifier) []survey.Region
	Receipt(ctx context.Context, cycle survey.Cycle, id survey.Identifier, number uint64) ([]byte, error)
	ReceiptOf(ctx context.Context, number uint64) ([]byte, error)
}

// Claims say which region surveys which company. Claim and ChangeClaims return
// an outcome for each item, as the registry does. Every call leaves one entry in
// this node's own audit log.
type Claims struct {
	claimReader
	door
}

// Claim claims the organisations of the list for this region.
func (c Claims) Claim(
	ctx context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier,
) ([]survey.Outcome, error) {
	asked := c.asked(request, "claim.claim", objectOf(cycle, ids), "")
	return asked.decidedEach(c.registry.Claim(ctx, request, cycle, ids))
}

// ChangeClaims takes each claim of the list one step further.
func (c Claims) ChangeClaims(
	ctx context.Context, request survey.Request, cycle survey.Cycle, changes []survey.ClaimChange,
) ([]survey.Outcome, error) {
	asked := c.asked(request, "claim.change", string(cycle), "")
	if len(changes) == 1 {
		asked.action, asked.object = "claim."+string(changes[0].Action), about(cycle, changes[0].Organisation)
	}
	return asked.decidedEach(c.registry.ChangeClaims(ctx, request, cycle, changes))
}

// ReleaseIdle takes the company from a holder that has not contacted it for 28
// days.
func (c Claims) ReleaseIdle(
	ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
) (survey.Outcome, error) {
	asked := c.asked(request, "claim.release-idle", about(cycle, id), "")
	return asked.decided(c.registry.ReleaseIdle(ctx, request, cycle, id))
}
