package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// SharingSaid is what a company says of its answers being seen by the regions
// that it named as having supported it.
type SharingSaid struct {
	Sharing string `json:"sharing" enum:"allowed,refused"`
}

type (
	setSharing struct {
		ClaimPath
		Body SharingSaid
	}
	listShared struct{ CyclePath }
	takenOver  struct{ Body survey.Takeover }
	offersPage struct {
		Body Page[survey.TakeoverOffer]
	}
	handedOnPage struct {
		Body Page[survey.HandedOn]
	}
	sharedPage struct {
		Body Page[survey.SharedResponse]
	}
)

// sharingRoutes are about the one exception to "answers stay".
func (s *server) sharingRoutes(campaign string) []route {
	return []route{
		on(put, campaign+"/responses/{organisation}/sharing", adviser, records, "Whether the regions that a company named may see its answers; refused takes every copy back", s.setSharing),
		on(get, campaign+"/shared", adviser, records, "Answers that other regions shared with this one; they count nowhere", s.listShared),
		on(get, campaign+"/take-overs", adviser, records, "Companies that this region holds and another one held before: what that region knows of them can be taken over", s.listTakeovers),
		on(get, campaign+"/handed-on", adviser, records, "Companies that other regions hold and this one held before: what this region knows of them they can take over", s.listHandedOn),
		on(post, campaign+"/responses/{organisation}/take-over", adviser, records, "Take over what the company lets this region see of what it told the one that held it before: answers so far, last year's answers", s.takeOver),
	}
}

func (s *server) setSharing(ctx context.Context, in *setSharing) (*responseRead, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}
	if err := s.responses.SetSharing(ctx, request(ctx), cycle, id, survey.Sharing(in.Body.Sharing)); err != nil {
		return nil, err
	}
	response, err := s.responses.Response(ctx, cycle, id)
	return &responseRead{Body: response}, err
}

func (s *server) takeOver(ctx context.Context, in *oneResponse) (*takenOver, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}
	taken, err := s.responses.TakeOver(ctx, request(ctx), cycle, id)
	if err != nil {
		return nil, err
	}
	return &takenOver{Body: taken}, nil
}

func (s *server) listTakeovers(_ context.Context, in *listShared) (*offersPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	offers, err := s.responses.Takeovers(cycle)
	if err != nil {
		return nil, err
	}
	return &offersPage{Body: page("takeovers", offers, "")}, nil
}

func (s *server) listShared(_ context.Context, in *listShared) (*sharedPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	shared, err := s.responses.Shared(cycle)
	if err != nil {
		return nil, err
	}
	return &sharedPage{Body: page("shared", shared, "")}, nil
}

func (s *server) listHandedOn(_ context.Context, in *listShared) (*handedOnPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	handed, err := s.responses.HandedOn(cycle)
	if err != nil {
		return nil, err
	}
	return &handedOnPage{Body: page("handed-on", handed, "")}, nil
}
