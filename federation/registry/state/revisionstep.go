package state

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// revisionSteps are the steps towards a certified year that take two regions.
var revisionSteps = []survey.ProposalKind{survey.ProposeLetStand, survey.ProposeMarkAbsent, survey.ProposeOpenRevision}

// revisionStepProblem returns the first fault in such a step, and notes in only the fields that its
// kind needs.
func revisionStepProblem(p, only *survey.NewProposal) string {
	only.Revision = p.Revision
	if p.Kind != survey.ProposeOpenRevision {
		only.Region = p.Region
	}
	if p.Kind == survey.ProposeLetStand {
		only.SummaryHash = p.SummaryHash
	}

	switch {
	case p.Kind != survey.ProposeOpenRevision && !ValidRegion(p.Region):
		return "name the region that is meant"
	case p.Revision < 0 || p.Revision >= maxRevisions:
		return fmt.Sprintf("a revision is a number from 0 to %d", maxRevisions-1)
	case !slices.Contains(survey.CertificationReasons(), p.Reason):
		return "this needs one of the coded reasons of certification"
	case (p.Kind == survey.ProposeLetStand) != (len(p.Summary) > 0), len(p.Summary) > survey.MaxSignedSummary:
		return "a summary that is to stand has 1 to 65,536 bytes"
	case len(p.Summary) > 0 && p.SummaryHash != HashOf(p.Summary):
		return "the summary has another SHA-256"
	}
	return ""
}

// HashOf returns the SHA-256 of a summary in hexadecimal.
func HashOf(summary []byte) string {
	sum := sha256.Sum256(summary)
	return hex.EncodeToString(sum[:])
}

// settledSo reports whether the region's part is settled like this already.
func (w *campaignWork) settledSo(what *survey.NewProposal) bool {
	r := w.revision(what.Cycle, what.Revision)
	if r == nil || r.State == survey.RevisionCertified {
		return false
	}

	s := settledOf(r, what.Region)
	switch {
	case s == nil:
		return false
	case what.Kind == survey.ProposeMarkAbsent:
		return s.How == survey.SettledAbsent
	}
	return s.How == survey.SettledStands && hex.EncodeToString(s.Hash[:]) == what.SummaryHash
}

// revisionStepPossible says why the step cannot be taken now.
func (w *campaignWork) revisionStepPossible(what *survey.NewProposal) *survey.Refusal {
	if what.Kind == survey.ProposeOpenRevision {
		return w.anotherRevision(what)
	}
	r, refusal := w.openRevision(what.Cycle, what.Revision)
	if refusal != nil {
		return refusal
	}

	if !slices.Contains(r.Regions, what.Region) {
		return refuse(survey.RefusedNotReporting, string(what.Region)+" has no part in the revision")
	}
	if s := settledOf(r, what.Region); s != nil && s.How == survey.SettledSigned {
		return refuse(survey.RefusedStanding, string(what.Region)+" signed off itself")
	}
	return nil
}

// nextRevision returns the number of the next revision.
func (v View) nextRevision(cycle survey.Cycle) int {
	if last := v.lastRevision(cycle); last != nil {
		return last.Revision + 1
	}
	return 0
}

// anotherRevision says why the revision cannot be opened; nil if it can. The close opens the first
// one; a campaign closed before there were revisions gets it like every later one.
func (w *campaignWork) anotherRevision(what *survey.NewProposal) *survey.Refusal {
	c, last, next := w.campaign(what.Cycle), w.lastRevision(what.Cycle), w.nextRevision(what.Cycle)
	switch {
	case c == nil:
		return refuse(survey.RefusedUnknownCampaign, "no campaign was opened for this cycle")
	case c.State != survey.CampaignClosed && c.State != survey.CampaignCertified:
		return refuse(survey.RefusedCampaignNotClosed, fmt.Sprintf("campaign %s is %s", c.Cycle, c.State))
	case last != nil && last.State != survey.RevisionCertified:
		return refuse(survey.RefusedNotCertified,
			fmt.Sprintf("revision %d is %s: it has to be certified first", last.Revision, last.State))
	case next >= maxRevisions:
		return refuse(survey.RefusedTooMany, "the campaign has had too many revisions")
	case what.Revision != next:
		return refuse(survey.RefusedUnknownRevision, fmt.Sprintf("the next revision is number %d", next))
	}
	return nil
}

// takeRevisionStep puts a possible step into effect.
func (w *campaignWork) takeRevisionStep(p *proposalRow, number uint64) {
	what := &p.What
	if what.Kind == survey.ProposeOpenRevision {
		w.startRevision(what.Cycle, what.Revision, what.Reason, number)
		return
	}

	s := survey.Settled{Region: what.Region, How: survey.SettledAbsent, Reason: what.Reason, By: p.By,
		EndorsedBy: p.EndorsedBy, Number: number, At: instant(w.clock())}
	// The bytes were compared with the hash when this was proposed.
	if what.Kind == survey.ProposeLetStand {
		s.How, s.Hash = survey.SettledStands, sha256.Sum256(p.Summary)
	}
	w.settle(cloneRevision(w.revision(what.Cycle, what.Revision)), s, p.Summary)
}
