package web

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// leadTasks are what binds the nation and waits for this region: proposals to
// agree to, figures to sign off, a table to co-sign.
func (h *homePages) leadTasks() []task {
	var out []task
	for _, c := range slices.Backward(h.campaigns.Campaigns()) {
		for _, where := range []struct {
			certification bool
			label         string
			address       string
		}{{false, "Agree to a change of the survey", campaignAddress(c.Cycle)}, {true, "Agree to a step to final figures", certificationAddress(c.Cycle)}} {
			waiting := 0
			for _, p := range proposalsFor(h.proposals.Proposals(), h.Region, c.Cycle, where.certification) {
				if p.MayAgree {
					waiting++
				}
			}
			if waiting > 0 {
				out = append(out, task{where.label + ", " + string(c.Cycle), "Another AHSN proposed it; it takes two", where.address, toDo(waiting)})
			}
		}
		if step := h.finalStep(c.Cycle); step != "" {
			out = append(out, task{step + ", " + string(c.Cycle), "The survey is closed; its figures become final", certificationAddress(c.Cycle), toDo(1)})
		}
	}
	return out
}

// finalStep is what this region has to do for the newest revision, "" if
// nothing.
func (h *homePages) finalStep(cycle survey.Cycle) string {
	revisions, err := h.certification.Revisions(cycle)
	if err != nil || len(revisions) == 0 {
		return ""
	}
	last := revisions[len(revisions)-1]
	if last.State == survey.RevisionCertified || !slices.Contains(last.Regions, h.Region) {
		return ""
	}
	if _, settled := settledIn(last, h.Region); !settled {
		return "Sign our figures off"
	}
	if _, signed := coSignedBy(last, h.Region); !signed && last.State == survey.RevisionSigned {
		return "Co-sign the national table"
	}
	return ""
}

// freeTasks are the companies that this region's word would free.
func (h *homePages) freeTasks() []task {
	waiting := map[survey.Cycle]int{}
	for _, p := range h.proposals.Proposals() {
		if p.State == survey.ProposalOpen && p.Kind == survey.ProposeReleaseIdle && p.By != h.Region && p.Region != h.Region {
			waiting[p.Cycle]++
		}
	}
	var out []task
	for _, c := range slices.Backward(h.campaigns.Campaigns()) {
		if n := waiting[c.Cycle]; n > 0 {
			out = append(out, task{"Agree to free a company, " + string(c.Cycle), "Its AHSN has not contacted it; it takes two others", "/claims/idle?cycle=" + string(c.Cycle), toDo(n)})
		}
	}
	return out
}

func toDo(n int) tag {
	if n == 0 {
		return tag{"Nothing to do", ""}
	}
	return tag{survey.UnitCount.Amount(int64(n)) + " to do", "nhsuk-tag--blue"}
}
