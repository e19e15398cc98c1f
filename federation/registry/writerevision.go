package registry

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// SignOff puts this region's final summary into the revision of the cycle's
// figures: created, updated (it replaces an earlier one, and every co-signature
// is asked for again), exists, or refused with unknown-campaign,
// campaign-not-closed, unknown-revision, not-reporting, already-certified or
// invalid (more than survey.MaxSignedSummary bytes). The registry does not look
// into the bytes. Blocks and fails as AddOrganisations; so do the methods below.
func (w *Writer) SignOff(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int,
	summary []byte) (survey.Outcome, error) {
	if len(summary) > survey.MaxSignedSummary {
		return state.Refused("", 0, survey.RefusedInvalid,
			fmt.Sprintf("a final summary has 1 to %d bytes, this one %d", survey.MaxSignedSummary, len(summary))), nil
	}
	return w.writeAs(ctx, request, state.SignOff(cycle, revision, summary), "sign %s off", cycle)
}

// CoSign says that this node derived the table with the hash from the summaries
// that were signed off: created, updated (it replaces another hash), exists, or
// refused as SignOff, and with not-settled while sign-offs are missing. The
// revision is certified by the co-signatures of more than half of its active
// regions, if no other active region's differs.
func (w *Writer) CoSign(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int,
	table [32]byte) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.CoSign(cycle, revision, table), "co-sign %s", cycle)
}

// LetStand settles another region's part with the last summary that it signed,
// if two other regions want it so: proposed, updated, exists, or refused as
// SignOff, and with not-in-this-state (it signed off itself) or
// second-region-needed (it is this region).
func (w *Writer) LetStand(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int,
	region survey.Region, summary []byte, reason survey.ReasonCode) (survey.Outcome, error) {
	if len(summary) > survey.MaxSignedSummary {
		return state.Refused("", 0, survey.RefusedInvalid,
			fmt.Sprintf("a summary has 1 to %d bytes, this one %d", survey.MaxSignedSummary, len(summary))), nil
	}
	return w.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeLetStand, Cycle: cycle,
		Revision: revision, Region: region, Reason: reason, Summary: summary, SummaryHash: state.HashOf(summary)})
}

// MarkAbsent lets the nation go on without another region's figures, if two
// other regions want it so. Outcomes as LetStand.
func (w *Writer) MarkAbsent(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int,
	region survey.Region, reason survey.ReasonCode) (survey.Outcome, error) {
	return w.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeMarkAbsent, Cycle: cycle,
		Revision: revision, Region: region, Reason: reason})
}

// OpenRevision opens the next revision of the cycle's figures, with the counts and regions of the
// moment when it takes effect: proposed, updated, exists, or refused with unknown-campaign,
// campaign-not-closed, not-certified (the revision before) or invalid.
func (w *Writer) OpenRevision(ctx context.Context, request survey.Request, cycle survey.Cycle,
	reason survey.ReasonCode) (survey.Outcome, error) {
	return w.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeOpenRevision, Cycle: cycle, Reason: reason})
}
