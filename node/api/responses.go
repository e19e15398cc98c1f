package api

import (
	"context"
	"encoding/json"

	"github.com/ahsn-network/tracker/store/survey"
)

// Responses keeps the responses of this region's companies at this node. Lists
// are in the order of the identifiers.
type Responses interface {
	// RecordResponse records the JSON object of answers by question. It returns a
	// *survey.Refusal (already-claimed, with the holder) for a company of another
	// region, and *survey.FaultyAnswers for answers that cannot be recorded.
	RecordResponse(
		ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, answers []byte,
	) (survey.ResponseResult, error)
	Response(context.Context, survey.Cycle, survey.Identifier) (survey.Response, error)
	Responses(
		ctx context.Context, cycle survey.Cycle, after string, limit int,
	) (responses []survey.Response, next string, err error)
	// SetSharing records whether the company lets other regions see its answers.
	SetSharing(
		ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, sharing survey.Sharing,
	) error
}

// Answers are one organisation's answers by question. Money is pounds and
// posts are FTE, as a number or a text with at most two decimals; they are read
// exactly. dont_know, refused and not_applicable are answers too.
type Answers struct {
	Answers json.RawMessage `json:"answers"`
}

// SharingSaid says whether a company lets the regions that it named as having
// supported it see its answers.
type SharingSaid struct {
	Sharing string `json:"sharing" enum:"allowed,refused"`
}

type (
	recordResponse struct {
		ClaimPath
		Body Answers
	}
	responseRecorded struct{ Body survey.ResponseResult }
	responseRead     struct{ Body survey.Response }
	listResponses    struct {
		CyclePath
		Paging
	}
	responsesPage struct{ Body Page[survey.Response] }
	setSharing    struct {
		ClaimPath
		Body SharingSaid
	}
)

// responseHandlers record and read the responses of this region's companies.
type responseHandlers struct{ responses Responses }

func (h responseHandlers) record(ctx context.Context, in *recordResponse) (*responseRecorded, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}

	result, err := h.responses.RecordResponse(ctx, request(ctx), cycle, id, in.Body.Answers)
	if err != nil {
		return nil, err
	}
	if result.Warnings == nil {
		result.Warnings = []survey.FieldProblem{}
	}
	return &responseRecorded{Body: result}, nil
}

func (h responseHandlers) get(ctx context.Context, in *ClaimPath) (*responseRead, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}

	response, err := h.responses.Response(ctx, cycle, id)
	if err != nil {
		return nil, err
	}
	return &responseRead{Body: response}, nil
}

func (h responseHandlers) list(ctx context.Context, in *listResponses) (*responsesPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	list := "responses " + string(cycle)
	after, err := decodeCursor(list, in.Cursor)
	if err != nil {
		return nil, err
	}

	responses, next, err := h.responses.Responses(ctx, cycle, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return &responsesPage{Body: page(list, responses, next)}, nil
}

func (h responseHandlers) setSharing(ctx context.Context, in *setSharing) (*responseRead, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}

	if err := h.responses.SetSharing(ctx, request(ctx), cycle, id, survey.Sharing(in.Body.Sharing)); err != nil {
		return nil, err
	}

	response, err := h.responses.Response(ctx, cycle, id)
	return &responseRead{Body: response}, err
}
