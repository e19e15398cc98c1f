package totals

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// definitionsOf returns the campaign's definitions and their dictionaryHash.
func definitionsOf(editions *survey.Editions, campaign survey.Campaign) (survey.Definitions, [32]byte, error) {
	definitions, err := editions.Definitions(campaign.Definitions)
	if err != nil {
		return survey.Definitions{}, [32]byte{}, err
	}
	hash, err := dictionaryHash(definitions)
	return definitions, hash, err
}

// dictionaryHash identifies the content of the definitions, not only their name:
// the figures of two nodes add up only if both mean the same.
func dictionaryHash(d survey.Definitions) ([32]byte, error) {
	h := sha256.New()
	for _, m := range d.Metrics {
		_, err := fmt.Fprintf(h, "%q %q %q %q %q %d\n", m.ID, m.Unit, m.Question, m.Part, m.Measure, m.Threshold)
		if err != nil {
			return [32]byte{}, err
		}
	}
	return [32]byte(h.Sum(nil)), nil
}

// contentHash covers all that the definitions say, formulas and wording too.
func contentHash(d survey.Definitions) ([32]byte, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return [32]byte{}, fmt.Errorf("hash the definitions %s: %w", d.ID, err)
	}
	return sha256.Sum256(data), nil
}

// declared leaves out cells for which the campaign's definitions have no metric,
// for example a statement of a stakeholders' survey that this region alone loaded.
// Undeclared figures do not leave.
func declared(d survey.Definitions, cells []survey.Cell) []survey.Cell {
	return slices.DeleteFunc(slices.Clone(cells), func(c survey.Cell) bool {
		_, known := d.Metric(c.Metric)
		return !known
	})
}

// ofCompanies leaves out cells that the region measured of its own work: no
// company's figure is in them.
func ofCompanies(d survey.Definitions, cells []survey.Cell) []survey.Cell {
	return slices.DeleteFunc(slices.Clone(cells), func(c survey.Cell) bool {
		m, known := d.Metric(c.Metric)
		return known && m.OfRegion()
	})
}
