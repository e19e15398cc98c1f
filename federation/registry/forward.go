package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Paths of the node calls that the registry answers.
const (
	PathForward   = "/node/v1/forward"
	PathReadIndex = "/node/v1/read-index"
)

// Bounds of one forwarded request.
const (
	maxForwardRows  = 8 // of a list's parts; a batch has up to state.MaxBatchRows
	maxForwardBytes = 1 << 20
)

type forwardRequest struct {
	Rows []state.Row `cbor:"1,keyasint"`
}

// fate is the leader's knowledge of forwarded rows.
type fate uint8

const (
	fateRecorded    fate = 1 // Outcomes has a result per row
	fateNotRecorded fate = 2 // for certain
	fateUnknown     fate = 3
)

type forwardResponse struct {
	Fate     fate        `cbor:"1,keyasint"`
	Why      string      `cbor:"2,keyasint,omitempty"`
	Outcomes [][]byte    `cbor:"3,keyasint,omitempty"`
	Number   uint64      `cbor:"4,keyasint,omitempty"`
	At       logPosition `cbor:"5,keyasint,omitempty"`
}

// Forward answers PathForward: if this node leads, it brings the rows that another region signed
// into the log. It returns an error only before it tried anything; afterwards the response tells
// the rows' fate. It blocks until the rows are applied here, at most Timing.Hold.
func (r *Registry) Forward(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var forwarded forwardRequest
	if len(request) > maxForwardBytes {
		return nil, fmt.Errorf("%w: a forwarded request has at most %d bytes", survey.ErrInvalid, maxForwardBytes)
	}
	if err := state.Decode(request, &forwarded); err != nil {
		return nil, fmt.Errorf("%w: forwarded rows: %w", survey.ErrInvalid, err)
	}
	if n := len(forwarded.Rows); n == 0 || n > state.MaxBatchRows {
		return nil, fmt.Errorf("%w: %d forwarded rows", survey.ErrInvalid, n)
	}

	v := r.machine.view()
	for _, one := range forwarded.Rows {
		if err := v.Acceptable(peer, one, r.machine.signatures.valid); err != nil {
			return nil, err
		}
	}

	// From here on the outcome may be unknown, so that the answer is a response.
	ctx, cancel := context.WithTimeout(ctx, r.timing.Hold)
	defer cancel()
	replies, err := r.commits.submit(ctx, forwarded.Rows)
	if err != nil {
		unsure := forwardResponse{Fate: fateUnknown, Why: cause(err)}
		if errors.Is(err, errNotRecorded) {
			unsure.Fate = fateNotRecorded
		}
		return state.Encode(unsure), nil
	}
	return state.Encode(recorded(replies)), nil
}

func recorded(replies []rowReply) forwardResponse {
	out := forwardResponse{Fate: fateRecorded}
	for _, a := range replies {
		out.Outcomes = append(out.Outcomes, a.result.Outcomes)
		if a.result.Number >= out.Number {
			out.Number, out.At = a.result.Number, a.at
		}
	}
	return out
}

// attempt brings the rows to the leader, also if it is this node. The error wraps errNotRecorded if
// nothing can have entered the log.
func (r *Registry) attempt(ctx context.Context, leader survey.Region, rows []state.Row) (forwardResponse, error) {
	if leader == "" {
		return forwardResponse{}, notRecorded(raft.ErrNotLeader)
	}

	if leader == r.options.Region {
		replies, err := r.commits.submit(ctx, rows)
		if err != nil {
			return forwardResponse{}, err
		}
		return recorded(replies), nil
	}

	reply, err := r.options.Call(ctx, leader, PathForward, state.Encode(forwardRequest{Rows: rows}))
	if err != nil {
		// Any other failed call may have reached the leader.
		if r.options.Definite != nil && r.options.Definite(err) {
			err = notRecorded(err)
		}
		return forwardResponse{}, err
	}

	var response forwardResponse
	if err := state.Decode(reply, &response); err != nil {
		return forwardResponse{}, fmt.Errorf("answer of %s: %w", leader, err)
	}

	switch {
	case response.Fate == fateNotRecorded:
		return response, notRecorded(errors.New(response.Why))
	case response.Fate != fateRecorded || len(response.Outcomes) != len(rows):
		return response, fmt.Errorf("%s does not know the outcome: %s", leader, response.Why)
	}
	return response, nil
}
