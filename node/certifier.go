package node

import (
	"context"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// certifier shows the API how far a year has come, and what its steps led to.
type certifier struct {
	certification
	federation *federation.Federation
	region     survey.Region
}

// SignOff puts this region's final figures into the revision.
func (c certifier) SignOff(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int,
) (api.CertificationStep, error) {
	return shown(c.certification.SignOff(ctx, request, cycle, revision))
}

// CoSign co-signs the table that follows here.
func (c certifier) CoSign(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision *int, table string,
) (api.CertificationStep, error) {
	return shown(c.certification.CoSign(ctx, request, cycle, revision, table))
}

// LetStand proposes, or consents, that a region's last signed figures stand.
func (c certifier) LetStand(
	ctx context.Context, request survey.Request, cycle survey.Cycle, what api.OtherRegion,
) (api.CertificationStep, error) {
	return shown(c.certification.LetStand(ctx, request, cycle, federation.OtherRegion(what)))
}

// MarkAbsent proposes, or consents, to go on without a region's figures.
func (c certifier) MarkAbsent(
	ctx context.Context, request survey.Request, cycle survey.Cycle, what api.OtherRegion,
) (api.CertificationStep, error) {
	return shown(c.certification.MarkAbsent(ctx, request, cycle, federation.OtherRegion(what)))
}

// OpenRevision proposes, or consents, to open the next revision.
func (c certifier) OpenRevision(
	ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string,
) (api.CertificationStep, error) {
	return shown(c.certification.OpenRevision(ctx, request, cycle, reason, words))
}

func shown(step federation.CertificationStep, err error) (api.CertificationStep, error) {
	if err != nil {
		return api.CertificationStep{}, err
	}
	out := api.CertificationStep{Outcome: step.Outcome.Status, Number: step.Outcome.Number,
		Revision: step.Revision, State: step.State, Hash: hexOf(step.Hash)}
	out.Proposal, out.Lapses = step.Proposal.Number, step.Proposal.Lapses
	return out, nil
}
