package api

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// Responses are the answers that this region's own node keeps. Implementations
// check the holder: RecordResponse returns a *survey.Refusal (already-claimed,
// with the holder) for a company of another region, and *survey.FaultyAnswers
// for answers that cannot be recorded. Answers is the JSON object of answers
// by question. Responses come in the order of their identifiers.
type Responses interface {
	RecordResponse(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, answers []byte) (survey.ResponseResult, error)
	Response(context.Context, survey.Cycle, survey.Identifier) (survey.Response, error)
	Responses(ctx context.Context, cycle survey.Cycle, after string, limit int) (responses []survey.Response, next string, err error)
	// SetSharing records what the company says of others seeing its answers;
	// Shared returns what other regions shared with this one.
	SetSharing(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, sharing survey.Sharing) error
	Shared(survey.Cycle) ([]survey.SharedResponse, error)
	// Takeovers returns the companies of which something can be taken over;
	// TakeOver fetches what the region that held a company before knows of it.
	Takeovers(survey.Cycle) ([]survey.TakeoverOffer, error)
	// HandedOn returns the companies of which others can take something over
	// from this region.
	HandedOn(survey.Cycle) ([]survey.HandedOn, error)
	TakeOver(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier) (survey.Takeover, error)
}

// Answers are one organisation's answers by question. Money is pounds and
// posts are FTE, as a number or a text with at most two decimals; they are read
// exactly. dont_know, refused and not_applicable are answers too.
type Answers struct {
	Answers json.RawMessage `json:"answers"`
}

// answersByQuestion stands in for survey.Answers and for the raw answers in
// the schemas: the questionnaire decides what is in them.
type answersByQuestion struct{}

// Schema is an object whose members the questionnaire defines.
func (answersByQuestion) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true,
		Description: "Answers by question, such as {\"q01\": \"yes\", \"q03\": 7.5, \"q07\": {\"equity\": \"250000.50\"}, \"q12\": \"dont_know\"}"}
}

type (
	recordResponse struct {
		ClaimPath
		Body Answers
	}
	responseRecorded struct{ Body survey.ResponseResult }
	oneResponse      struct{ ClaimPath }
	responseRead     struct{ Body survey.Response }
	listResponses    struct {
		CyclePath
		Paging
	}
	responsesPage struct{ Body Page[survey.Response] }
)

func (s *server) recordResponse(ctx context.Context, in *recordResponse) (*responseRecorded, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}
	result, err := s.responses.RecordResponse(ctx, request(ctx), cycle, id, in.Body.Answers)
	if err != nil {
		return nil, err
	}
	if result.Warnings == nil {
		result.Warnings = []survey.FieldProblem{}
	}
	return &responseRecorded{Body: result}, nil
}

func (s *server) getResponse(ctx context.Context, in *oneResponse) (*responseRead, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}
	response, err := s.responses.Response(ctx, cycle, id)
	if err != nil {
		return nil, err
	}
	return &responseRead{Body: response}, nil
}

func (s *server) listResponses(ctx context.Context, in *listResponses) (*responsesPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	list := "responses " + string(cycle)
	after, err := decodeCursor(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	responses, next, err := s.responses.Responses(ctx, cycle, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return &responsesPage{Body: page(list, responses, next)}, nil
}
