package state

import (
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// Steps of a campaign bind the nation: one region proposes and a second one consents. They share
// the proposals with decisions about regions.

// soloStep reports whether a federation founded for rehearsals takes the step without a second
// region. Steps that touch one region's own part always need two.
func soloStep(kind survey.ProposalKind) bool {
	return aboutCampaign(kind) && kind != survey.ProposeReleaseIdle && kind != survey.ProposeLetStand &&
		kind != survey.ProposeMarkAbsent
}

// stepProblem returns the first fault in a step, whatever the state; "" means none.
func stepProblem(p *survey.NewProposal) string {
	only := survey.NewProposal{Kind: p.Kind, Cycle: p.Cycle}
	problem := ""

	switch p.Kind {
	case survey.ProposeOpenCampaign:
		if only.Terms = p.Terms; p.Terms == nil {
			return "name the campaign's terms"
		}
		c := campaignOf(p.Cycle, *p.Terms)
		problem = CampaignProblem(&c)
	case survey.ProposeCampaignDates:
		only.Opens, only.Closes = p.Opens, p.Closes
		problem = datesProblem(p.Opens, p.Closes)
		if p.Opens == "" && p.Closes == "" {
			problem = "name the day on which it opens, or closes"
		}
	case survey.ProposeCampaignPolicy:
		only.Policy = p.Policy
	case survey.ProposeCampaignLapse:
		if only.LapseDays = p.LapseDays; p.LapseDays < 0 || p.LapseDays > survey.MaxLapseDays {
			problem = fmt.Sprintf("claims lapse after 1 to %d days; 0: never", survey.MaxLapseDays)
		}
	case survey.ProposeCloseCampaign, survey.ProposeFreezeEligible:
	// Region and token come together, or complete fills in both.
	case survey.ProposeReleaseIdle:
		only.Region, only.Organisation, only.Token = p.Region, p.Organisation, p.Token
		if !normalised(p.Organisation) || p.Region != "" && !ValidRegion(p.Region) ||
			(p.Region == "") != (p.Token == 0) {
			problem = "name the company; or also the region that holds it, with the claim's token"
		}
	default:
		problem = revisionStepProblem(p, &only)
	}

	// Fields of other kinds are refused, so that sameStep compares everything that was asked for.
	switch {
	case !validCycle(p.Cycle):
		return "a cycle is written as 2019-20"
	case !sameStep(&only, p) || len(p.Key) > 0 || len(p.Signature) > 0 || p.To != "" || p.Voters != 0 || p.Role != "":
		return "the proposal says more than its kind needs"
	case p.Reason != "" && !slices.Contains(survey.ProposalReasons(), p.Reason) &&
		!slices.Contains(survey.CertificationReasons(), p.Reason):
		return "unknown reason"
	}
	return problem
}

// complete fills in the values that a step leaves to the state: the claim's present holder and
// token, the number of the next revision. Two regions that want the same step therefore ask for the
// same.
func (w *proposalWork) complete(what *survey.NewProposal) {
	switch what.Kind {
	case survey.ProposeReleaseIdle:
		o := w.organisation(what.Organisation)
		// A region that names the token means the claim as it was then.
		if o == nil || what.Token != 0 {
			return
		}
		what.Organisation = o.ID
		if known := w.claim(what.Cycle, o.ID); known != nil && !known.Claim.Free() {
			what.Region, what.Token = known.Claim.Region, known.Claim.Token
		}
	case survey.ProposeOpenRevision:
		if what.Revision == 0 {
			what.Revision = w.nextRevision(what.Cycle)
		}
	}
}

// mayStep says why the region may not propose or endorse the step; nil if it may.
func (w *proposalWork) mayStep(p *proposalRow, by survey.Region) *survey.Refusal {
	switch m := w.Member(by); {
	case m == nil || m.Role != survey.RoleVoter:
		return refuse(survey.RefusedObserver, "an observer follows: it takes no step that binds the regions")
	case by == p.What.Region:
		return refuse(survey.RefusedSecondRegion, "this takes two other regions than the one that is meant")
	}
	return nil
}

// soAlready reports whether the step was taken already.
func (w *proposalWork) soAlready(p *proposalRow) bool {
	c := w.campaign(p.What.Cycle)
	if c == nil {
		return false
	}

	open := c.State == survey.CampaignOpen
	switch what := &p.What; what.Kind {
	case survey.ProposeOpenCampaign:
		return c.State != survey.CampaignPlanned && c.Terms() == *what.Terms
	case survey.ProposeFreezeEligible:
		return open && c.Frozen != 0
	case survey.ProposeCampaignDates:
		return open && *dated(c, what) == *c
	case survey.ProposeCampaignPolicy:
		return open && c.Policy == what.Policy
	case survey.ProposeCampaignLapse:
		return open && c.LapseDays == what.LapseDays
	case survey.ProposeLetStand, survey.ProposeMarkAbsent:
		return w.settledSo(what)
	}
	return false
}

// dated is the campaign with the new dates; an empty one stays as it was.
func dated(c *survey.Campaign, what *survey.NewProposal) *survey.Campaign {
	next := *c
	if what.Opens != "" {
		next.Opens = what.Opens
	}
	if what.Closes != "" {
		next.Closes = what.Closes
	}
	return &next
}

// stepPossible says why the step cannot be taken now.
func (w *proposalWork) stepPossible(p *proposalRow) *survey.Refusal {
	what := &p.What
	c := w.campaign(what.Cycle)
	// A planned campaign still waits for its opening.
	if what.Kind == survey.ProposeOpenCampaign {
		if c != nil && c.State != survey.CampaignPlanned {
			return refuse(survey.RefusedCampaignExists, otherTerms(c))
		}
		return w.policyTooLax(what.Terms.Policy)
	}
	if slices.Contains(revisionSteps, what.Kind) {
		return w.revisionStepPossible(what)
	}

	if refusal := w.notOpen(what.Cycle); refusal != nil {
		return refusal
	}

	switch what.Kind {
	case survey.ProposeFreezeEligible:
		if c.Frozen != 0 {
			return refuse(survey.RefusedStanding, "the eligible set is frozen already")
		}
	case survey.ProposeCampaignDates:
		next := dated(c, what)
		if problem := datesProblem(next.Opens, next.Closes); problem != "" {
			return refuse(survey.RefusedInvalid, problem)
		}
	case survey.ProposeCampaignPolicy:
		return w.policyTooLax(what.Policy)
	case survey.ProposeReleaseIdle:
		return w.notIdle(what)
	}
	return nil
}

// policyTooLax says why the policy lets out more than the regions agreed to when the
// federation was founded.
func (w *proposalWork) policyTooLax(name string) *survey.Refusal {
	asked, err := disclosure.ByName(name)
	if err != nil {
		return refuse(survey.RefusedInvalid, "a policy is standard, ons-business or open")
	}

	founding, err := disclosure.ByName(w.federation.Policy)
	if err != nil {
		return refuse(survey.RefusedInvalid, "the policy that the federation was founded with is not known here")
	}

	// Of two policies each may be stricter in something: this one must be so in everything.
	strictest := asked.Stricter(founding)
	if strictest != asked {
		return refuse(survey.RefusedInvalid, fmt.Sprintf("the federation was founded with the policy %q: "+
			"its campaigns may be stricter, and %q is laxer", w.federation.Policy, name))
	}
	return nil
}

// notIdle says why the claim cannot be taken from its holder.
func (w *proposalWork) notIdle(what *survey.NewProposal) *survey.Refusal {
	o := w.organisation(what.Organisation)
	if o == nil {
		return refuse(survey.RefusedUnknownOrganisation, "no organisation has this identifier")
	}

	known := w.claim(what.Cycle, o.ID)
	switch {
	case known == nil || known.Claim.Free():
		return refuse(survey.RefusedNotClaimed, "nobody holds it: claim it")
	// The holder has acted since it was proposed.
	case known.Claim.Region != what.Region || known.Claim.Token != what.Token:
		return refuse(survey.RefusedStaleToken,
			fmt.Sprintf("the claim changed since: %s holds it, and it is %s", known.Claim.Region, known.Claim.State))
	case !w.idle(&known.Claim):
		return refuse(survey.RefusedStanding, "the claim is not idle: its holder has 28 days to make contact")
	}
	return nil
}

// planned shows the campaign that waits for a second region's consent.
func (w *proposalWork) planned(p *proposalRow) {
	if p.What.Kind != survey.ProposeOpenCampaign {
		return
	}
	c := campaignOf(p.What.Cycle, *p.What.Terms)
	c.State, c.Version = survey.CampaignPlanned, p.Number
	w.putCampaign(&c)
}

// takeStep puts a possible step into effect under the number. It returns the claim that it changed,
// if any.
func (w *proposalWork) takeStep(p *proposalRow, number uint64) *survey.Claim {
	what := &p.What
	c := w.campaign(what.Cycle)

	switch what.Kind {
	case survey.ProposeOpenCampaign:
		w.startCampaign(what.Cycle, *what.Terms, p.By, number)
	case survey.ProposeCloseCampaign:
		w.endCampaign(c, p.By, number)
	case survey.ProposeFreezeEligible:
		w.freeze(c, number)
	case survey.ProposeCampaignDates:
		next := dated(c, what)
		next.Version = number
		w.putCampaign(next)
	case survey.ProposeCampaignPolicy:
		next := *c
		next.Policy, next.Version = what.Policy, number
		w.putCampaign(&next)
	// The term begins anew for every claim.
	case survey.ProposeCampaignLapse:
		next := *c
		next.LapseDays, next.LapseSince, next.Version = what.LapseDays, w.clock(), number
		w.putCampaign(&next)
	case survey.ProposeReleaseIdle:
		return w.releaseIdle(what, number)
	default:
		w.takeRevisionStep(p, number)
	}
	return nil
}

// releaseIdle takes the claim from its holder.
func (w *proposalWork) releaseIdle(what *survey.NewProposal, number uint64) *survey.Claim {
	id := w.organisation(what.Organisation).ID
	old := w.claim(what.Cycle, id).Claim
	next := freed(old)
	next.Token, next.ChangedAt = number, instant(w.clock())
	w.putClaim(&old, &next, number)
	w.dropEligible(what.Cycle, id)
	return &next
}
