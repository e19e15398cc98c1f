package totals

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// counted is how far a desk has followed what the region counts in its cycle.
type counted struct {
	mark       store.Mark
	dictionary [32]byte // by which definitions
	claims     claims
	measures   []survey.Cell // of the region's own work
	adoptions  map[survey.Identifier]disclosure.Answer
	metrics    map[string]bool // that count adoptions
}

// follow brings the desk of an open campaign up to what is counted now. A tick
// costs what changed since the last one.
func (t *Totals) follow(cycle survey.Cycle, d *desk, definitions survey.Definitions, dictionary [32]byte) error {
	if d.ledger == nil || d.counted.dictionary != dictionary {
		d.open(definitions)
		d.counted.dictionary, d.counted.metrics = dictionary, adoptionMetrics(definitions)
	}
	changes, err := t.options.Records.CountedSince(cycle, d.counted.mark)
	if err != nil {
		return err
	}
	if changes.Whole || changes.Measured {
		measures, err := t.options.Records.Measures(cycle)
		if err != nil {
			return err
		}
		d.counted.measures = declared(definitions, measures)
	}
	if changes.Whole {
		answers := t.answersOf(cycle, changes.Companies)
		d.ledger.Replace(answers)
		d.counted.claims.replace(answered(changes.Companies))
		d.counted.adoptions = map[survey.Identifier]disclosure.Answer{}
		for _, a := range answers {
			d.counted.adopt(a)
		}
	} else {
		for _, c := range changes.Companies {
			d.take(c)
		}
	}
	d.counted.mark = changes.Mark
	return nil
}

// take takes in what is counted of one company now.
func (d *desk) take(c store.CountedCompany) {
	for _, id := range []survey.Identifier{c.Organisation, c.Organisation + recordsOf, c.Organisation + adoptionsOf} {
		d.ledger.Remove(id)
		delete(d.counted.adoptions, id)
	}
	for _, a := range partsOf(c) {
		d.ledger.Set(a)
		d.counted.adopt(a)
	}
	if c.Answer != nil {
		d.counted.claims.add(c.Organisation)
	} else {
		d.counted.claims.remove(c.Organisation)
	}
}

// adopt keeps what counts adoptions: the region's aggregates do not have it.
func (c *counted) adopt(a disclosure.Answer) {
	if slices.ContainsFunc(a.Values, func(v survey.Contribution) bool { return c.metrics[v.Metric] }) {
		c.adoptions[a.Organisation] = a
	}
}

// adopted is what counts adoptions, in order.
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

// answered are the organisations that have a counted answer.
func answered(companies []store.CountedCompany) (ids []survey.Identifier) {
	for _, c := range companies {
		if c.Answer != nil {
			ids = append(ids, c.Organisation)
		}
	}
	return ids
}

// Appended to an organisation's identifier where its records are meant and not
// its answer: it may have all of them.
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

// answersOf returns the counted answers as the release rules read them, then
// what the region's records count of each company.
func (t *Totals) answersOf(cycle survey.Cycle, companies []store.CountedCompany) []disclosure.Answer {
	out := make([]disclosure.Answer, 0, len(companies))
	for _, c := range companies {
		out = append(out, partsOf(c)...)
	}
	for i := range out {
		out[i].Known = !out[i].Record && t.knownElsewhere(cycle, out[i].Organisation)
	}
	slices.SortFunc(out, inTurn)
	return out
}

func inTurn(a, b disclosure.Answer) int {
	return cmp.Or(cmp.Compare(a.Turn, b.Turn), cmp.Compare(a.Organisation, b.Organisation))
}

// partsOf are the answers of one company, without whether another region may know the
// answer: the registry says it.
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

func answerOf(c store.CountedAnswer) disclosure.Answer {
	return disclosure.Answer{Organisation: c.Organisation, Values: c.Values, Keys: keysOf(c)}
}

// knownElsewhere reports whether another region held the claim earlier in the
// campaign: it may know the answer.
func (t *Totals) knownElsewhere(cycle survey.Cycle, id survey.Identifier) bool {
	claim, err := t.options.Facts.ClaimOf(cycle, id)
	return err == nil && slices.ContainsFunc(claim.Before, func(r survey.Region) bool { return r != t.options.Region })
}

func keysOf(c store.CountedAnswer) []disclosure.Key {
	keys := []disclosure.Key{
		{Dimension: survey.BySector, Key: c.Sector}, {Dimension: survey.BySize, Key: c.Size}, {Dimension: survey.ByStage, Key: c.Stage},
	}
	for _, support := range c.Support {
		keys = append(keys, disclosure.Key{Dimension: survey.BySupport, Key: support})
	}
	return keys
}
