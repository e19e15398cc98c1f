package survey

import "slices"

// Contribution is the amount that one organisation's answers add to one stored metric, in the
// metric's unit. A contribution of 0 is a company that said 0: it counts as a contributor.
type Contribution struct {
	Metric string `json:"metric" cbor:"1,keyasint"`
	Value  int64  `json:"value" cbor:"2,keyasint"`
}

// Contributions returns the answers' contributions to the stored metrics, in the metrics' order. A
// metric whose question got no number is not in the list: it adds nothing and has no contributor.
// Answers to a questionnaire that the definitions do not cover contribute nothing.
func (d Definitions) Contributions(answers Answers) []Contribution {
	if d.Questionnaire != answers.Questionnaire {
		return nil
	}
	var out []Contribution
	for _, m := range d.Metrics {
		if value, ok := m.measure(answers); ok {
			out = append(out, Contribution{Metric: m.ID, Value: value})
		}
	}
	return out
}

func (m Metric) measure(answers Answers) (int64, bool) {
	if m.Question == "" {
		return 0, false
	}

	// A choice has codes and no number.
	value, ok := int64(0), false
	if m.Measure == MeasureIs {
		codes := answers.Of(m.Question).Codes
		if slices.Contains(codes, m.Part) {
			value = 1
		}
		return value, len(codes) > 0
	}

	if m.Part != "" {
		value, ok = answers.Part(m.Question, m.Part)
	} else {
		value, ok = answers.Value(m.Question)
	}
	if !ok {
		return 0, false
	}

	// MeasureValue needs no case: it is the number itself.
	switch m.Measure {
	case MeasureAnswered:
		return 1, true
	case MeasureAtLeast:
		if value >= m.Threshold {
			return 1, true
		}
		return 0, true
	}
	return value, true
}

// KeyUnknown is the key of a breakdown for organisations whose sector, size,
// stage or support is not known.
const KeyUnknown = "unknown"

// The questions that two of the breakdowns come from.
const (
	stageQuestion   QuestionID = "q11"
	supportQuestion QuestionID = "q13"
)

// Stage returns the stage of the main innovation, KeyUnknown if not given.
func (a Answers) Stage() string {
	if codes := a.Of(stageQuestion).Codes; len(codes) == 1 {
		return codes[0]
	}
	return KeyUnknown
}

// Support returns the categories of help received, in the order of the
// options, or KeyUnknown alone. An organisation counts under each of them, so
// this breakdown does not add up to the total.
func (a Answers) Support() []string {
	if codes := a.Of(supportQuestion).Codes; len(codes) > 0 {
		return codes
	}
	return []string{KeyUnknown}
}
