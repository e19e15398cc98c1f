package node

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// certifier shows the API how far a year has come, and takes its steps.
type certifier struct {
	certification
	federation *federation.Federation
	region     survey.Region
}

// Certification returns how far the cycle's figures have come, with the table
// that follows at this node.
func (c certifier) Certification(cycle survey.Cycle) (api.Certification, error) {
	campaign, err := c.federation.Campaigns().Campaign(cycle)
	if err != nil {
		return api.Certification{}, err
	}

	all, err := c.Revisions(cycle)
	if err != nil {
		return api.Certification{}, err
	}

	out := api.Certification{Cycle: cycle, State: campaign.State, Revisions: []api.RevisionStatus{}, Next: []string{}}
	var waiting []survey.Proposal
	for _, p := range c.Proposals() {
		if p.Cycle == cycle && p.State == survey.ProposalOpen {
			waiting = append(waiting, p)
		}
	}

	for _, r := range all {
		out.Revisions = append(out.Revisions, c.status(r, waiting))
	}
	out.Late = c.late(cycle)
	out.Next = nextSteps(out, c.region, waiting)
	return out, nil
}

// late counts this region's answers that came after its final figures left.
func (c certifier) late(cycle survey.Cycle) int64 {
	own, err := c.federation.Totals().Own(cycle, "")
	if err != nil || !own.Late {
		return 0
	}
	left, _, err := c.federation.Totals().Held(c.region, cycle)
	if err != nil {
		return 0
	}
	return max(own.AnswersIn-left.AnswersIn, 0)
}

func (c certifier) status(r survey.Revision, waiting []survey.Proposal) api.RevisionStatus {
	s := api.RevisionStatus{
		Revision: r.Revision, State: r.State, Reason: r.Reason, Number: r.Number,
		OpenedAt: r.OpenedAt, CertifiedAt: r.CertifiedAt,
		Regions: r.Regions, Missing: r.Missing(), Needed: r.Needed, Table: hexOf(r.Table), Previous: hexOf(r.Previous),
		Responded: r.Counts.Responded, Settled: []api.SettledPart{}, CoSigned: []api.CoSigned{},
	}

	for _, settled := range r.Settled {
		s.Settled = append(s.Settled, api.SettledPart{Settled: settled, Summary: hexOf(settled.Hash)})
	}
	for _, p := range waiting {
		if (p.Kind == survey.ProposeLetStand || p.Kind == survey.ProposeMarkAbsent) && p.Revision == r.Revision {
			s.Waiting = append(s.Waiting, p)
		}
	}

	if len(s.Missing) > 0 {
		s.Here.Problem = "there is no table before every region is settled"
		return s
	}
	table, _, hash, err := c.federation.Totals().Table(r.Cycle, r.Revision)
	if err != nil {
		s.Here.Problem = reasonOf(err)
	} else {
		s.Here = api.TableHere{Table: hexOf(hash), Agrees: true, Answers: table.Answers, Difference: table.Difference}
	}

	// A certified table is compared with the one that follows here, whichever table each region
	// signed.
	for _, co := range r.CoSigned {
		agrees := err == nil && co.Table == hash
		s.Here.Agrees = s.Here.Agrees && agrees
		s.CoSigned = append(s.CoSigned, api.CoSigned{CoSignature: co, Table: hexOf(co.Table), Agrees: agrees})
	}

	if r.State == survey.RevisionCertified {
		s.Here.Agrees = err == nil && hash == r.Table
	}
	return s
}

// reasonOf returns the words of a refusal, otherwise the whole error's.
func reasonOf(err error) string {
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		return refusal.Detail
	}
	return err.Error()
}

// hexOf writes a hash as it is shown, empty for none.
func hexOf(hash [32]byte) string {
	if hash == ([32]byte{}) {
		return ""
	}
	return hex.EncodeToString(hash[:])
}

// nextSteps says in words how the region, and the others, go on.
func nextSteps(c api.Certification, self survey.Region, waiting []survey.Proposal) []string {
	next := []string{}
	say := func(format string, args ...any) { next = append(next, fmt.Sprintf(format, args...)) }
	for _, p := range waiting {
		if p.By != self && p.Region != self {
			say("%s proposed to %s: to consent, run tracker endorse %d", p.By, aboutStep(p), p.Number)
		} else if p.By == self {
			say("This region proposed to %s: another region consents with tracker endorse %d", aboutStep(p), p.Number)
		}
	}

	if len(c.Revisions) == 0 {
		switch c.State {
		case survey.CampaignPlanned, survey.CampaignOpen:
			say("Campaign %s is %s. Figures become final after its close: tracker campaign close %s, by two regions",
				c.Cycle, c.State, c.Cycle)
		default:
			say("Open the first revision: tracker certify revision --cycle %s --reason other, by two regions", c.Cycle)
		}
		return next
	}

	// Only the newest revision can be worked on.
	r := c.Revisions[len(c.Revisions)-1]
	switch r.State {
	case survey.RevisionCollecting:
		next = append(next, collecting(c.Cycle, r, self)...)
	case survey.RevisionSigned:
		signed := slices.ContainsFunc(r.CoSigned, func(co api.CoSigned) bool { return co.Region == self })
		if !signed && slices.Contains(r.Regions, self) {
			say("Every region is settled. This region co-signs the national table: tracker certify cosign --cycle %s",
				c.Cycle)
		}
		say("%d of the %d co-signatures needed are there", len(r.CoSigned), r.Needed)
	case survey.RevisionDisputed:
		say("Regions derived different national tables, so nothing can be certified: %s. "+
			"Compare the versions of the software in tracker status; a region that was wrong upgrades and co-signs again",
			tablesOf(r))
	case survey.RevisionCertified:
		say("Revision %d is final. The figures: tracker totals --cycle %s --mode certified. "+
			"One file to verify without a node: tracker certify publish FILE --cycle %s", r.Revision, c.Cycle, c.Cycle)
	}

	if c.Late > 0 {
		say("Answers that came here after the final figures left: %d. They are for the next revision: "+
			"tracker certify revision --cycle %s --reason late-answers, by two regions", c.Late, c.Cycle)
	}
	return next
}

// tablesOf says which regions co-signed which table.
func tablesOf(r api.RevisionStatus) string {
	var of survey.Revision
	for _, co := range r.CoSigned {
		of.CoSigned = append(of.CoSigned, co.CoSignature)
	}
	return of.Tables()
}

// collecting names the regions that have to sign off, and the way to go on without one.
func collecting(cycle survey.Cycle, r api.RevisionStatus, self survey.Region) []string {
	var next []string
	others := slices.DeleteFunc(slices.Clone(r.Missing), func(region survey.Region) bool { return region == self })
	if len(others) < len(r.Missing) {
		next = append(next, fmt.Sprintf("This region has not signed off yet: tracker certify sign-off --cycle %s", cycle))
	}

	if len(others) > 0 {
		next = append(next, fmt.Sprintf("Still to sign off: %s. If one cannot, two others let its last signed figures stand "+
			"(tracker certify stand %s --cycle %s --reason region-unreachable), "+
			"or go on without them (absent in the place of stand)",
			survey.List(others), others[0], cycle))
	}
	return next
}

// aboutStep says what a proposal about a campaign would do.
func aboutStep(p survey.Proposal) string {
	switch p.Kind {
	case survey.ProposeLetStand:
		return fmt.Sprintf("let the last figures that %s signed stand", p.Region)
	case survey.ProposeMarkAbsent:
		return fmt.Sprintf("go on without the figures of %s", p.Region)
	case survey.ProposeOpenRevision:
		return fmt.Sprintf("open revision %d (%s)", p.Revision, p.Reason)
	case survey.ProposeCloseCampaign:
		return "close the campaign"
	case survey.ProposeCampaignDates:
		return "change the campaign's days"
	case survey.ProposeCampaignPolicy:
		return "change the campaign's policy to " + p.Policy
	case survey.ProposeCampaignLapse:
		if p.LapseDays == 0 {
			return "let claims stand whatever happens"
		}
		return fmt.Sprintf("let claims lapse of which nothing happens for %d days", p.LapseDays)
	case survey.ProposeFreezeEligible:
		return "freeze the eligible set"
	case survey.ProposeReleaseIdle:
		return fmt.Sprintf("release %s, which %s does not contact", p.Organisation, p.Region)
	}
	return "open the campaign"
}
