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
	words := coverageWords{Complete: c.Complete && c.Current == c.Of,
		Summary: fmt.Sprintf("%d of %d AHSNs are current.", c.Current, c.Of)}
	if t.Certified != nil || !t.AsOf.IsZero() {
		words.Summary = fmt.Sprintf("%d of %d AHSNs are included.", c.Included, c.Of)
	}

	var released, in int64
	for _, r := range c.Regions {
		released += r.AnswersReleased
		in += r.AnswersIn
		if said := h.regionCoverage(t, r); said != "" {
			words.Regions = append(words.Regions, r.Region.Name()+said)
		}
	}

	most := mostCompanies(t.Figures)
	words.Answers = "The figures are " + progress(released, in, most) + "."
	if t.Certified != nil && in > released {
		words.Answers = "The figures are " + fromAnswers(released, in, most) +
			"; the rest were too few to be added without showing whose they are."
	}

	if in > released && most > released {
		words.Answers += " With those parts, a figure is from up to " + page.Plural(int(most), "company") + "."
	}
	return words
}

// regionCoverage says why a region is not current, "" if it is.
func (h *nationPages) regionCoverage(t survey.Totals, r survey.RegionCoverage) string {
	switch {
	case t.Certified != nil && r.Reason != "":
		return ": " + h.certifiedWithout(t, r) + "."
	case r.Status == survey.CoverageStale:
		return fmt.Sprintf(": figures of %s, last confirmed %s.", h.When(r.AsOf), h.When(r.ConfirmedAt))
	case r.Status != survey.CoverageMissing:
		return ""
	case t.AsOf.IsZero():
		return " is missing: " + h.missing(r)
	case r.AsOf.IsZero():
		return " is missing: none of its figures of that day are stored here."
	}
	return " is missing: " + survey.Sentence(r.Reason)
}

// certifiedWithout says why final figures have no sign-off of the region.
func (h *nationPages) certifiedWithout(t survey.Totals, r survey.RegionCoverage) string {
	revision, err := h.revisionOf(t)
	settled, _ := settledIn(revision, r.Region)
	why := unsigned(settled)
	switch {
	case err != nil || why == "":
		return r.Reason
	case settled.How == survey.SettledAbsent:
		return "absent. " + why
	}
	return "its last figures stand. " + why
}

// missing says since when nothing was heard of a region, in London's time.
func (h *nationPages) missing(r survey.RegionCoverage) string {
	if r.Region == h.Region {
		return "this node has not published figures for this year yet."
	}
	if !r.AsOf.IsZero() { // its figures are here and cannot be used
		return survey.Sentence(r.Reason)
	}

	// The time tells a node that is down from one that has not published.
	for _, m := range h.federation.FederationStatus().Regions {
		if m.Region == r.Region && !m.LastHeard.IsZero() {
			return "this node has received no figures for this year from it, and last heard from its node on " +
				h.When(m.LastHeard) + "."
		}
	}
	return "this node has received no figures for this year from it, " +
		"and has heard nothing from its node since starting."
}
