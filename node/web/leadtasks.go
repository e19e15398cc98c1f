package web

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// leadTasks are the steps that bind the nation and wait for this region: proposals to
// agree to, figures to sign off, a table to co-sign.
func (h *homePages) leadTasks() []task {
	var out []task
	for _, c := range slices.Backward(h.campaigns.Campaigns()) {
		year := ", " + string(c.Cycle)
		agree := func(label, address string, certification bool) {
			proposals := proposalsFor(h.proposals.Proposals(), h.Region, c.Cycle, certification)
			proposals = slices.DeleteFunc(proposals, func(p proposalView) bool { return !p.MayAgree })
			if n := len(proposals); n > 0 {
				out = append(out, task{label + year, "Another AHSN proposed it; it takes two", address, toDo(n)})
			}
		}

		agree("Agree to a change of the survey", campaignAddress(c.Cycle), false)
		agree("Agree to a step to final figures", certificationAddress(c.Cycle), true)
		if step := h.finalStep(c.Cycle); step != "" {
			out = append(out, task{step + year, "The survey is closed; its figures become final",
				certificationAddress(c.Cycle), toDo(1)})
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

// freeTasks are the companies that this region's consent would free.
func (h *homePages) freeTasks() []task {
	var out []task
	for _, c := range slices.Backward(h.campaigns.Campaigns()) {
		n := 0
		for _, p := range freeing(h.proposals.Proposals(), h.Region, c.Cycle) {
			if p.MayAgree {
				n++
			}
		}

		if n > 0 {
			out = append(out, task{"Agree to free a company, " + string(c.Cycle),
				"Its AHSN has not contacted it; it takes two others", "/claims/idle?cycle=" + string(c.Cycle), toDo(n)})
		}
	}
	return out
}

func toDo(n int) tag {
	if n == 0 {
		return tag{"Nothing to do", ""}
	}
	return tag{count(n) + " to do", "nhsuk-tag--blue"}
}
