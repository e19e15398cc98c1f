package survey

import "fmt"

// PanelCompanies are the companies that answered in a cycle, by their place in the registry in the
// cycle before. Matched ones answered the same region then. AfterHandover and ChangedRegion
// answered another region: the new region counts the earlier answers of the former, because they
// were handed over, and not those of the latter. NoAnswer were supported and did not answer, New
// were not supported. The five add up to Answered.
type PanelCompanies struct {
	Answered      int `json:"answered"`
	Matched       int `json:"matched"`
	AfterHandover int `json:"after_handover"`
	ChangedRegion int `json:"changed_region"`
	NoAnswer      int `json:"no_answer"`
	New           int `json:"new"`
}

// Sentence returns the counts in one sentence, "" if nobody answered. Body is the reader's word for
// a region.
func (p PanelCompanies) Sentence(cycle, before Cycle, body string) string {
	if p.Answered == 0 {
		return ""
	}

	were, are := "were", "are"
	if p.NoAnswer == 1 {
		were = "was"
	}
	if p.New == 1 {
		are = "is"
	}

	n := func(count int) string { return UnitCount.Amount(int64(count)) }
	changed := fmt.Sprintf("%s another %s", n(p.ChangedRegion), body)
	if p.AfterHandover > 0 {
		changed = fmt.Sprintf("%s another %s, which handed over what they said, %s another one without that",
			n(p.AfterHandover), body, n(p.ChangedRegion))
	}

	return fmt.Sprintf("Of the %s that answered in %s: %s had answered the same %s in %s, %s, "+
		"%s %s supported and had not answered, %s %s new.",
		n(p.Answered), cycle, n(p.Matched), body, before, changed, n(p.NoAnswer), were, n(p.New), are)
}
