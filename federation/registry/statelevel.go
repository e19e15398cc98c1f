package registry

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// StateLevel says that this node's software knows FeatureLevel: updated, or
// exists. Software from before there were levels stops at this command, so
// whoever calls it must believe that no voter runs it any more. It blocks as
// every write does.
func (r *Registry) StateLevel(ctx context.Context, request survey.Request) (survey.Outcome, error) {
	outcome, err := r.write(ctx, request, state.StateLevel())
	if err != nil {
		return outcome, fmt.Errorf("state the feature level: %w", err)
	}
	return outcome, nil
}
