package node

import (
	"context"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store/survey"
)

// The nouns of the federation, under names that don't hide their own methods
// when they are put together.
type (
	organisations = federation.Organisations
	campaigns     = federation.Campaigns
	claims        = federation.Claims
	innovations   = federation.Innovations
	replica       = federation.Replica
	responses     = federation.Responses
	sharing       = federation.Sharing
	takeovers     = federation.Takeovers
	certification = federation.Certification
)

// nation is who surveys whom, for the surfaces: each takes what it needs of it.
// Whatever is changed by it stands in the node's audit log.
type nation struct {
	organisations
	campaigns
	claims
	innovations
	replica
}

func (n *Node) nation() nation {
	f := n.federation
	return nation{f.Organisations(), f.Campaigns(), f.Claims(), f.Innovations(), f.Replica()}
}

// answers are this region's own, and those that regions give each other.
type answers struct {
	responses
	sharing
	takeovers
}

func (n *Node) answers() answers {
	return answers{n.federation.Responses(), n.federation.Sharing(), n.federation.Takeovers()}
}

// figures are the totals as the API names their parts.
type figures struct{ *totals.Totals }

// Own returns this region's own figures.
func (f figures) Own(cycle survey.Cycle, by survey.Dimension) (api.OwnFigures, error) {
	own, err := f.Totals.Own(cycle, by)
	return api.OwnFigures(own), err
}

// pageFigures are the totals as the pages name their parts.
type pageFigures struct{ *totals.Totals }

// Own returns this region's own figures.
func (f pageFigures) Own(cycle survey.Cycle) (web.OwnFigures, error) {
	own, err := f.Totals.Own(cycle, "")
	return web.OwnFigures(own), err
}

// pageSteps are the steps that make a year final as the pages take them: always
// about the revision that the page shows.
type pageSteps struct{ certification }

// NationalTable is the table of a revision as it follows here.
func (p pageSteps) NationalTable(cycle survey.Cycle, revision int) (web.NationalTable, error) {
	table, err := p.certification.NationalTable(cycle, revision)
	return web.NationalTable(table), err
}

// SignOff signs this region's final figures off.
func (p pageSteps) SignOff(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision int,
) (survey.Outcome, error) {
	step, err := p.certification.SignOff(ctx, request, cycle, &revision)
	return step.Outcome, err
}

// CoSign co-signs the table that follows here, if it is the one that was seen.
func (p pageSteps) CoSign(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, seen string,
) (survey.Outcome, error) {
	if seen == "" {
		seen = "none"
	}
	step, err := p.certification.CoSign(ctx, request, cycle, &revision, seen)
	return step.Outcome, err
}

// LetStand settles another region's part with what this node holds of it.
func (p pageSteps) LetStand(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region,
	reason survey.ReasonCode, words string,
) (survey.Outcome, error) {
	what := federation.OtherRegion{Revision: &revision, Region: region, Reason: reason, Words: words}
	step, err := p.certification.LetStand(ctx, request, cycle, what)
	return step.Outcome, err
}

// MarkAbsent goes on without another region's figures.
func (p pageSteps) MarkAbsent(
	ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region,
	reason survey.ReasonCode, words string,
) (survey.Outcome, error) {
	what := federation.OtherRegion{Revision: &revision, Region: region, Reason: reason, Words: words}
	step, err := p.certification.MarkAbsent(ctx, request, cycle, what)
	return step.Outcome, err
}

// OpenRevision opens the next revision.
func (p pageSteps) OpenRevision(
	ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string,
) (survey.Outcome, error) {
	step, err := p.certification.OpenRevision(ctx, request, cycle, reason, words)
	return step.Outcome, err
}
