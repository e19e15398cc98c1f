package federation

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// The steps towards a certified year, with the entry in this node's own audit
// log. Each returns what the registry's method of the same name does, but a
// refusal as *survey.Refusal. Words are why, for the audit log: the registry
// carries the coded reason only.

// SignOff puts this region's final summary, compressed by the caller, into the
// revision of the cycle's figures.
func (f *Federation) SignOff(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, summary []byte) (survey.Outcome, error) {
	outcome, err := f.registry.SignOff(ctx, request, cycle, revision, summary)
	return f.decided(ctx, request, "certify.sign-off", edition(cycle, revision), fmt.Sprintf("%d bytes", len(summary)), outcome, err)
}

// CoSign says that this node derived the table with the hash from the registry
// alone.
func (f *Federation) CoSign(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, table [32]byte) (survey.Outcome, error) {
	outcome, err := f.registry.CoSign(ctx, request, cycle, revision, table)
	return f.decided(ctx, request, "certify.co-sign", edition(cycle, revision), hex.EncodeToString(table[:]), outcome, err)
}

// LetStand settles another region's part with the last summary that it signed.
func (f *Federation) LetStand(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region, summary []byte, reason survey.ReasonCode, words string) (survey.Outcome, error) {
	outcome, err := f.registry.LetStand(ctx, request, cycle, revision, region, summary, reason)
	return f.decided(ctx, request, "certify.let-stand", edition(cycle, revision)+" "+string(region), words, outcome, err)
}

// MarkAbsent lets the nation go on without another region's figures.
func (f *Federation) MarkAbsent(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region, reason survey.ReasonCode, words string) (survey.Outcome, error) {
	outcome, err := f.registry.MarkAbsent(ctx, request, cycle, revision, region, reason)
	return f.decided(ctx, request, "certify.mark-absent", edition(cycle, revision)+" "+string(region), words, outcome, err)
}

// OpenRevision opens the next edition of the cycle's figures.
func (f *Federation) OpenRevision(ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string) (survey.Outcome, error) {
	outcome, err := f.registry.OpenRevision(ctx, request, cycle, reason)
	return f.decided(ctx, request, "certify.open-revision", string(cycle), words, outcome, err)
}

// Revisions returns every revision of the cycle's figures, the first one first.
func (f *Federation) Revisions(cycle survey.Cycle) ([]survey.Revision, error) {
	return f.registry.Revisions(cycle)
}

// Certified returns the newest revision of the cycle's figures that is final.
func (f *Federation) Certified(cycle survey.Cycle) (survey.Revision, bool) {
	return f.registry.Certified(cycle)
}

// SignedSummary returns the bytes that settled the region's part in the
// revision.
func (f *Federation) SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error) {
	return f.registry.SignedSummary(cycle, revision, region)
}

func edition(cycle survey.Cycle, revision int) string {
	return fmt.Sprintf("%s revision %d", cycle, revision)
}

// disputes names the revisions whose regions derived different tables, with who
// derived which.
func (f *Federation) disputes() []string {
	var out []string
	for _, c := range f.registry.Campaigns() {
		revisions, err := f.registry.Revisions(c.Cycle)
		if err != nil {
			continue // a campaign that is listed has them
		}
		for _, r := range revisions {
			if r.State == survey.RevisionDisputed {
				out = append(out, fmt.Sprintf("%s (%s)", edition(r.Cycle, r.Revision), r.Tables()))
			}
		}
	}
	return out
}
