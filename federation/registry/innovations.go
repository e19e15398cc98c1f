package registry

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Innovation returns the innovation, or an error wrapping survey.ErrNotFound.
func (r Reader) Innovation(id survey.InnovationID) (survey.Innovation, error) {
	v := r.now()
	known := v.innovation(id)
	if known == nil {
		return survey.Innovation{}, fmt.Errorf("innovation %s: %w", id, survey.ErrNotFound)
	}
	return v.shownInnovation(known), nil
}

// shownInnovation names the organisation that stands for the one it was
// registered for, if that was merged.
func (v View) shownInnovation(i *survey.Innovation) survey.Innovation {
	out := *i
	out.AdoptedBy = slices.Clone(i.AdoptedBy)
	if o := v.organisation(i.Organisation); o != nil {
		out.Organisation = o.ID
	}
	return out
}

// Innovations returns the innovations of the organisation, and of what was
// merged into it, in the order of their ids: none if it is unknown.
func (r Reader) Innovations(organisation survey.Identifier) []survey.Innovation {
	if parsed, err := survey.ParseIdentifier(string(organisation)); err == nil {
		organisation = parsed
	}
	v := r.now()
	o := v.organisation(organisation)
	if o == nil {
		return nil
	}
	var out []survey.Innovation
	for _, one := range append([]*organisationRow{o}, v.absorbed(o.ID)...) {
		for _, i := range v.innovationsOf(one.ID) {
			out = append(out, v.shownInnovation(i))
		}
	}
	slices.SortFunc(out, func(a, b survey.Innovation) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// InnovationCounts counts the nation's innovations, each of them once. It reads
// all of them.
func (r Reader) InnovationCounts() survey.InnovationCounts {
	counts := survey.InnovationCounts{ByStage: map[string]int{}, ByRegion: map[survey.Region]int{}}
	from(r.now().txn, tableInnovations, byKey, "", func(i *survey.Innovation) bool {
		counts.Innovations++
		counts.ByStage[i.Stage]++
		counts.Adoptions += len(i.AdoptedBy)
		if len(i.AdoptedBy) > 0 {
			counts.Adopted++
		}
		for _, region := range i.AdoptedBy {
			counts.ByRegion[region]++
		}
		return true
	})
	return counts
}
