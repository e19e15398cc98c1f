package totals

import (
	"errors"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// match marks the answers of companies that this region surveyed in the cycle
// before too, and returns the answers of that cycle, marked likewise. Cycles
// with other definitions are not matched, nor companies that another region
// surveyed: nobody but it knows what they said.
func (t *Totals) match(cycle survey.Cycle, answers []disclosure.Answer) ([]disclosure.Answer, error) {
	now, err := t.options.Facts.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	last, err := t.options.Facts.Campaign(cycle.Previous())
	if errors.Is(err, survey.ErrNotFound) {
		return nil, nil
	}
	if err != nil || last.Definitions != now.Definitions {
		return nil, err
	}
	counted, err := t.options.Records.Counted(cycle.Previous())
	if err != nil || len(counted) == 0 {
		return nil, err
	}
	again := make(map[survey.Identifier]bool, len(answers))
	for _, a := range answers {
		again[a.Organisation] = true
	}
	both := make(map[survey.Identifier]bool, len(counted))
	for _, c := range counted {
		both[c.Organisation] = again[c.Organisation]
	}
	for i := range answers {
		if !answers[i].Record {
			answers[i].Keys = append(answers[i].Keys, panelKey(both[answers[i].Organisation], survey.PanelBoth))
		}
	}
	before := make([]disclosure.Answer, len(counted))
	for i, c := range counted {
		before[i] = disclosure.Answer{Organisation: c.Organisation, Values: c.Values, Known: t.knownElsewhere(cycle.Previous(), c.Organisation),
			Keys: []disclosure.Key{panelKey(both[c.Organisation], survey.PanelBefore)}}
	}
	return before, nil
}

func panelKey(matched bool, key string) disclosure.Key {
	if !matched {
		key = survey.PanelOnly
	}
	return disclosure.Key{Dimension: survey.ByPanel, Key: key}
}
