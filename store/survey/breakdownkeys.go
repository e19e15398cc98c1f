package survey

import "slices"

// declarable are the breakdowns whose keys are the options of a question, so
// that definitions may declare more of them.
var declarable = map[Dimension]QuestionID{ByStage: stageQuestion, BySupport: supportQuestion}

// Keys returns the keys of one breakdown with their labels, in the order in
// which tables show them, KeyUnknown last: those that the definitions declare,
// else the software's, as [BreakdownKeys] returns them.
func (d Definitions) Keys(dimension Dimension) []Option {
	declared, ok := d.Breakdowns[dimension]
	if !ok {
		return BreakdownKeys(dimension)
	}
	return append(keysOf(declared), keyUnknown)
}

// checkBreakdowns refuses keys that no table could show, and any that leave out
// one of the software's: records use those whatever the questionnaire.
func (d Definitions) checkBreakdowns() error {
	for dimension, declared := range d.Breakdowns {
		if _, ok := declarable[dimension]; !ok {
			return d.wrong("the breakdown %s has the keys of the software: only %s and %s can be declared",
				clip(string(dimension)), ByStage, BySupport)
		}
		seen := map[string]bool{KeyUnknown: true}
		for _, o := range declared {
			if !optionName.MatchString(o.Code) || o.Label == "" || seen[o.Code] {
				return d.wrong("breakdown %s: the key %s has no code, no label, or stands there twice",
					dimension, clip(o.Code))
			}
			seen[o.Code] = true
		}
		// The keys may come in any order.
		for _, o := range BreakdownKeys(dimension) {
			if !seen[o.Code] {
				return d.wrong("breakdown %s: %s is missing: keys can be added and renamed, not taken away, "+
					"since records use them", dimension, o.Code)
			}
		}
	}
	return nil
}

// undeclared returns an option of the question that a breakdown is made of and
// that is none of its keys, "" if there is none.
func (d Definitions) undeclared(dimension Dimension, asked Questionnaire) string {
	question, _ := asked.Question(declarable[dimension])
	keys := d.Keys(dimension)
	without, _ := first(question.Options, func(o *Option) bool {
		return !slices.ContainsFunc(keys, func(k Option) bool { return k.Code == o.Code })
	})
	return without.Code
}
