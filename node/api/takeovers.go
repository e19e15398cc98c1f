package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Takeovers passes answers between regions where the company allowed it: the
// one exception to the rule that answers stay in their region.
type Takeovers interface {
	// Shared returns the answers that other regions shared with this one.
	Shared(survey.Cycle) ([]survey.SharedResponse, error)
	// Takeovers returns this region's companies that another region held before
	// and of which this region can take something over.
	Takeovers(survey.Cycle) ([]survey.TakeoverOffer, error)
	// HandedOn returns the companies of other regions that this one held before.
	HandedOn(survey.Cycle) ([]survey.HandedOn, error)
	// TakeOver fetches the file of a company from the region that held it before.
	TakeOver(
		ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
	) (survey.Takeover, error)
}

type (
	takenOver    struct{ Body survey.Takeover }
	offersPage   struct{ Body Page[survey.TakeoverOffer] }
	handedOnPage struct{ Body Page[survey.HandedOn] }
	sharedPage   struct{ Body Page[survey.SharedResponse] }
)

// takeoverHandlers read the answers and files that regions pass on.
type takeoverHandlers struct{ takeovers Takeovers }

func (h takeoverHandlers) takeOver(ctx context.Context, in *ClaimPath) (*takenOver, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}

	taken, err := h.takeovers.TakeOver(ctx, request(ctx), cycle, id)
	if err != nil {
		return nil, err
	}
	return &takenOver{Body: taken}, nil
}

func (h takeoverHandlers) listOffers(_ context.Context, in *CyclePath) (*offersPage, error) {
	offers, err := wholePage("takeovers", *in, h.takeovers.Takeovers)
	return &offersPage{Body: offers}, err
}

func (h takeoverHandlers) listShared(_ context.Context, in *CyclePath) (*sharedPage, error) {
	shared, err := wholePage("shared", *in, h.takeovers.Shared)
	return &sharedPage{Body: shared}, err
}

func (h takeoverHandlers) listHandedOn(_ context.Context, in *CyclePath) (*handedOnPage, error) {
	handed, err := wholePage("handed-on", *in, h.takeovers.HandedOn)
	return &handedOnPage{Body: handed}, err
}
