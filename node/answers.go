package node

import (
	"context"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// answers gives the API this region's own answers: recorded by way of the
// federation, which knows the holder, and read from the records.
type answers struct {
	*federation.Federation
	records *store.Store
}

// Response returns the newest answers of one organisation.
func (a answers) Response(_ context.Context, cycle survey.Cycle, id survey.Identifier) (survey.Response, error) {
	return a.records.Response(cycle, id)
}

// Responses returns answers in the order of their organisations' identifiers.
func (a answers) Responses(_ context.Context, cycle survey.Cycle, after string, limit int) ([]survey.Response, string, error) {
	responses, next, err := a.records.Responses(cycle, survey.Identifier(after), limit)
	return responses, string(next), err
}
