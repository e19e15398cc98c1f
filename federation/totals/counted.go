package totals

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// counted says how far an open release has followed the counted answers of its
// cycle.
type counted struct {
	mark       store.Mark
	dictionary [32]byte // of the definitions that it follows by
	claims     claims
	measures   []survey.Cell // of the region's own work
	adoptions  map[survey.Identifier]disclosure.Answer
	metrics    map[string]bool // that count adoptions
}

// follow brings the queue of an open campaign up to the answers counted now, and
// commits the draft to their claims. It costs as much as there are changes since
// the last time.
func (r *releaser) follow(d *draft, o *openRelease) error {
	// Other definitions have other cells.
	if o.queue == nil || o.counted.dictionary != d.summary.DictionaryHash {
		o.openQueue(d.definitions)
		o.counted.dictionary, o.counted.metrics = d.summary.DictionaryHash, adoptionMetrics(d.definitions)
	}

	changes, err := r.records.CountedSince(d.summary.Cycle, o.counted.mark)
	if err != nil {
		return err
	}
	// Measures are not kept company by company, so that they are read whole.
	if changes.Whole || changes.Measured {
		measures, err := r.records.Measures(d.summary.Cycle)
		if err != nil {
			return err
		}
		o.counted.measures = declared(d.definitions, measures)
	}

	if changes.Whole {
		o.replace(r.answersOf(d.summary.Cycle, changes.Companies), answered(changes.Companies))
	} else {
		for _, c := range changes.Companies {
			o.update(c)
		}
	}
	o.counted.mark = changes.Mark
	d.summary.ClaimsRoot, d.summary.ClaimsCount = o.counted.claims.root()
	return nil
}

// replace sets the answers of all companies, and the claims that have answers.
func (o *openRelease) replace(answers []disclosure.Answer, claims []survey.Identifier) {
	o.queue.Replace(answers)
	o.counted.claims.replace(claims)
	o.counted.adoptions = map[survey.Identifier]disclosure.Answer{}
	for _, a := range answers {
		o.counted.adopt(a)
	}
}

// update sets the answers of one company.
func (o *openRelease) update(c store.CountedCompany) {
	for _, id := range []survey.Identifier{c.Organisation, c.Organisation + recordsOf, c.Organisation + adoptionsOf} {
		o.queue.Remove(id)
		delete(o.counted.adoptions, id)
	}
	for _, a := range partsOf(c) {
		o.queue.Set(a)
		o.counted.adopt(a)
	}
	if c.Answer != nil {
		o.counted.claims.add(c.Organisation)
	} else {
		o.counted.claims.remove(c.Organisation)
	}
}

// adopt keeps an answer that counts adoptions: the region's aggregates do not
// have it.
func (c *counted) adopt(a disclosure.Answer) {
	if slices.ContainsFunc(a.Values, func(v survey.Contribution) bool { return c.metrics[v.Metric] }) {
		c.adoptions[a.Organisation] = a
	}
}

// adopted returns the answers that count adoptions, in order.
func (c *counted) adopted() []disclosure.Answer {
	return slices.SortedFunc(maps.Values(c.adoptions), inTurn)
}

func adoptionMetrics(d survey.Definitions) map[string]bool {
	out := map[string]bool{}
	for _, m := range d.Metrics {
		out[m.ID] = m.Record == survey.RecordAdoptions
	}
	return out
}

// answered returns the organisations that have a counted answer.
func answered(companies []store.CountedCompany) (ids []survey.Identifier) {
	for _, c := range companies {
		if c.Answer != nil {
			ids = append(ids, c.Organisation)
		}
	}
	return ids
}

// Suffixes of an organisation's identifier that name its records instead of its
// answer: it may have all of them.
const (
	recordsOf   = "#records"
	adoptionsOf = "#adoptions"
)

// Answers come in the order in which they were counted, then records likewise,
// then adoptions by organisation.
const (
	recordsTurn   = 1 << 62
	adoptionsTurn = 1 << 63
)

// answersOf returns the counted answers in the form of the release rules, then
// the parts of each company that the region's records count.
func (r *releaser) answersOf(cycle survey.Cycle, companies []store.CountedCompany) []disclosure.Answer {
	out := make([]disclosure.Answer, 0, len(companies))
	for _, c := range companies {
		out = append(out, partsOf(c)...)
	}
	for i := range out {
		out[i].Known = !out[i].Record && r.knownElsewhere(cycle, out[i].Organisation)
	}
	slices.SortFunc(out, inTurn)
	return out
}

func inTurn(a, b disclosure.Answer) int {
	return cmp.Or(cmp.Compare(a.Turn, b.Turn), cmp.Compare(a.Organisation, b.Organisation))
}

// partsOf returns the answers of one company. It leaves Known unset: only the
// registry says whether another region may know the answer.
func partsOf(c store.CountedCompany) (out []disclosure.Answer) {
	if c.Answer != nil {
		a := answerOf(*c.Answer)
		a.Turn, a.Waived = c.Answer.Sequence, c.Waived
		out = append(out, a)
	}
	if c.Activity != nil {
		a := answerOf(*c.Activity)
		a.Organisation, a.Record, a.Turn = c.Organisation+recordsOf, true, recordsTurn+c.Activity.Sequence
		out = append(out, a)
	}
	if c.Adoptions != nil {
		a := answerOf(*c.Adoptions)
		a.Organisation, a.Record, a.Turn = c.Organisation+adoptionsOf, true, adoptionsTurn
		out = append(out, a)
	}
	return out
}

func answerOf(c store.CountedItem) disclosure.Answer {
	return disclosure.Answer{Organisation: c.Organisation, Values: c.Values, Keys: keysOf(c)}
}

// knownElsewhere reports whether another region held the claim earlier in the
// campaign: it may know the answer.
func (r *releaser) knownElsewhere(cycle survey.Cycle, id survey.Identifier) bool {
	claim, err := r.claims.ClaimOf(cycle, id)
	return err == nil && slices.ContainsFunc(claim.Before, func(region survey.Region) bool { return region != r.self })
}

func keysOf(c store.CountedItem) []disclosure.Key {
	keys := []disclosure.Key{
		{Dimension: survey.BySector, Key: c.Sector},
		{Dimension: survey.BySize, Key: c.Size},
		{Dimension: survey.ByStage, Key: c.Stage},
	}
	for _, support := range c.Support {
		keys = append(keys, disclosure.Key{Dimension: survey.BySupport, Key: support})
	}
	return keys
}
