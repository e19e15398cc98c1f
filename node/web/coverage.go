package web

import (
	"fmt"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// coverageWords says how much of the nation is in the figures.
type coverageWords struct {
	Complete bool
	Summary  string   // 14 of 15 AHSNs are current.
	Answers  string   // from how many of how many answers
	Regions  []string // each that is not current, with the reason
}

func (h *nationPages) coverage(t survey.Totals) coverageWords {
	c := t.Coverage
	words := coverageWords{Complete: c.Complete && c.Current == c.Of, Summary: fmt.Sprintf("%d of %d AHSNs are current.", c.Current, c.Of)}
	if t.Certified != nil || !t.AsOf.IsZero() {
		words.Summary = fmt.Sprintf("%d of %d AHSNs are in.", c.Included, c.Of)
	}
	var released, in int64
	for _, r := range c.Regions {
		released += r.AnswersReleased
		in += r.AnswersIn
		switch {
		case t.Certified != nil && r.Reason != "":
			words.Regions = append(words.Regions, r.Region.Name()+": "+h.certifiedWithout(t, r)+".")
		case !t.AsOf.IsZero() && r.Status == survey.CoverageMissing && r.AsOf.IsZero():
			words.Regions = append(words.Regions, r.Region.Name()+" is missing: none of its figures of that day are kept here.")
		case !t.AsOf.IsZero() && r.Status == survey.CoverageMissing:
			words.Regions = append(words.Regions, r.Region.Name()+" is missing: "+survey.Sentence(r.Reason))
		case r.Status == survey.CoverageMissing:
			words.Regions = append(words.Regions, r.Region.Name()+" is missing: "+h.missing(r))
		case r.Status == survey.CoverageStale:
			words.Regions = append(words.Regions, fmt.Sprintf("%s: figures of %s, last confirmed %s.", r.Region.Name(), h.When(r.AsOf), h.When(r.ConfirmedAt)))
		}
	}
	most := mostCompanies(t.Figures)
	words.Answers = "The figures are " + progress(released, in, most) + "."
	if t.Certified != nil && in > released {
		words.Answers = "The figures are " + fromAnswers(released, in, most) + "; the rest were too few to be added without showing whose they are."
	}
	if in > released && most > released {
		words.Answers += " With those parts, a figure is from up to " + page.Plural(int(most), "company") + "."
	}
	return words
}

// certifiedWithout says why final figures have no sign-off of the region.
func (h *nationPages) certifiedWithout(t survey.Totals, r survey.RegionCoverage) string {
	revisions, err := h.certification.Revisions(t.Cycle)
	if err != nil {
		return r.Reason
	}
	for _, revision := range revisions {
		settled, _ := settledIn(revision, r.Region)
		if why := unsigned(settled); why != "" && revision.Revision == t.Certified.Revision {
			return map[bool]string{true: "absent", false: "its last figures stand"}[settled.How == survey.SettledAbsent] + ". " + why
		}
	}
	return r.Reason
}

// missing says since when nothing was heard of a region, in London's time.
func (h *nationPages) missing(r survey.RegionCoverage) string {
	if r.Region == h.Region {
		return "this node has not published figures for this year yet."
	}
	if !r.AsOf.IsZero() { // its figures are here and cannot be used
		return survey.Sentence(r.Reason)
	}
	for _, m := range h.federation.FederationStatus().Regions {
		if m.Region == r.Region && !m.LastHeard.IsZero() {
			return "nothing has been heard of its figures for this year. Its node was last heard " + h.When(m.LastHeard) + "."
		}
	}
	return "nothing has been heard of its figures for this year, and nothing of its node since this one started."
}
