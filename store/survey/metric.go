package survey

import (
	"math/bits"
	"sync"
)

// CurrentDefinitions are the metric definitions that contributions are made
// with.
const CurrentDefinitions = "md-1"

// Measure is the way in which a metric counts an answer.
type Measure string

const (
	MeasureValue    Measure = ""         // the number itself, or the sum of the parts
	MeasureAnswered Measure = "answered" // 1 for each number given
	MeasureAtLeast  Measure = "at_least" // 1 for each number from Threshold up, else 0
	MeasureIs       Measure = "is"       // 1 if the option Part was chosen, else 0
)

// Metric is one figure that the nation publishes. A stored metric adds up the answers to Question
// (or one Part of them), or counts the region's own records of one kind. A derived metric has a
// Formula of totals and is never stored, averaged or added up over regions. Headline metrics may
// leave a region while the campaign is open.
type Metric struct {
	ID         string     `json:"id"`
	Label      string     `json:"label"`
	Unit       Unit       `json:"unit"`
	Question   QuestionID `json:"question,omitempty"`
	Record     RecordKind `json:"record,omitempty"`
	Part       string     `json:"part,omitempty"`
	Measure    Measure    `json:"measure,omitempty"`
	Threshold  int64      `json:"threshold,omitempty"`
	Definition string     `json:"definition"`
	Headline   bool       `json:"headline,omitempty"`
	Formula    *Formula   `json:"formula,omitempty"`
	// Scope tells a region's own work (ScopeRegion) from figures of companies. People marks counts
	// of persons: the public sees no number from 1 to 7, and the rest rounded.
	Scope  MetricScope `json:"scope,omitempty"`
	People bool        `json:"people,omitempty"`
	// Qualifier is the best possible qualifier of the figure, empty for exact. An estimated or
	// modelled figure stays one however it is added up, and is never added to counted ones.
	Qualifier Qualifier `json:"qualifier,omitempty"`
}

// MetricScope says whose figures a metric adds up.
type MetricScope string

// ScopeRegion is the region's own work and money: no company's figure is in it.
const ScopeRegion MetricScope = "region"

// OfRegion reports whether no company's figure is in the metric.
func (m Metric) OfRegion() bool { return m.Scope == ScopeRegion }

// FormulaKind is how a derived metric is made.
type FormulaKind string

const (
	FormulaSum   FormulaKind = "sum"   // of all
	FormulaRatio FormulaKind = "ratio" // first / second, in basis points, rounded half up
)

// Formula makes a derived metric from the totals of stored ones.
type Formula struct {
	Kind FormulaKind `json:"kind"`
	Of   []string    `json:"of"`
}

// Value computes the formula; total returns the total of a stored metric,
// false where there is none. Value is false if a total is missing, the sum
// does not fit or the ratio has no denominator.
func (f Formula) Value(total func(metric string) (int64, bool)) (int64, bool) {
	values := make([]int64, len(f.Of))
	for i, id := range f.Of {
		value, ok := total(id)
		if !ok {
			return 0, false
		}
		values[i] = value
	}

	switch {
	case f.Kind == FormulaSum:
		sum := int64(0)
		for _, value := range values {
			next, ok := AddChecked(sum, value)
			if !ok {
				return 0, false
			}
			sum = next
		}
		return sum, true
	case f.Kind == FormulaRatio && len(values) == 2:
		return basisPoints(values[0], values[1])
	}
	return 0, false
}

// basisPoints returns part / whole in hundredths of a percent, rounded half
// up, without overflow.
func basisPoints(part, whole int64) (int64, bool) {
	if whole <= 0 || part < 0 {
		return 0, false
	}

	// In 128 bits: part * 10,000 may not fit 64.
	high, low := bits.Mul64(uint64(part), 10_000)
	low, carry := bits.Add64(low, uint64(whole)/2, 0)
	high += carry
	if high >= uint64(whole) {
		return 0, false
	}
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return int64(quotient), quotient <= 1<<62
}

// Definitions are one version of the metrics, in the order in which tables show them: the stored
// ones, then those derived from their totals. They cover the questionnaire; companies supported and
// the response rate come from the registry.
type Definitions struct {
	ID            string   `json:"id"`
	Questionnaire string   `json:"questionnaire"`
	Metrics       []Metric `json:"metrics"`
	Derived       []Metric `json:"derived"`
	// Breakdowns declare the keys of a breakdown that is made of a question's
	// options, where the questionnaire offers more than the software knows.
	Breakdowns map[Dimension][]Option `json:"breakdowns,omitempty"`
}

// loadDefinitions decodes the embedded files once, when first asked for.
var loadDefinitions = sync.OnceValues(func() (map[string]Definitions, error) {
	return decodeEditions("md-", func(d *Definitions) string { return d.ID })
})

// DefinitionsByID returns definitions of the software. A node asks its [Editions], which also know
// the loaded ones. The error wraps ErrNotFound for a version that this software does not have. The
// value shares its slices with other callers: read only.
func DefinitionsByID(id string) (Definitions, error) {
	return embedded(loadDefinitions, "metric definitions", id)
}

// Metric returns the stored or derived metric with that id, false if there is
// none.
func (d Definitions) Metric(id string) (Metric, bool) {
	named := func(m *Metric) bool { return m.ID == id }
	if m, stored := first(d.Metrics, named); stored {
		return m, true
	}
	return first(d.Derived, named)
}
