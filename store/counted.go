package store

import (
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// CountedAnswer is what one counted answer adds to the region's aggregates:
// its keys in the breakdowns and its contributions. Sequence rises in the
// order in which answers were counted; a correction or a new sector counts an
// answer anew.
type CountedAnswer struct {
	Organisation survey.Identifier
	Sequence     uint64
	Sector       string
	Size         string
	Stage        string
	Support      []string
	Values       []survey.Contribution
}

// Counted returns the answers that make up the cycle's aggregates, in the
// order in which they were counted. The release rules need them: which
// contributors are new since the last release, and how large the largest is.
func (s *Store) Counted(cycle survey.Cycle) ([]CountedAnswer, error) {
	var answers []CountedAnswer
	err := s.view(func(t *txn) (err error) {
		answers, err = t.responses().counted(cycle)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the counted answers of %s: %w", cycle, err)
	}
	return answers, nil
}

func (t responseTx) counted(cycle survey.Cycle) (answers []CountedAnswer, err error) {
	err = boltfile.Values(t.Tx, responsesBucket, string(cycle)+"/", func(key []byte, r *responseRecord) (bool, error) {
		_, id := splitRecordKey(key)
		if a := r.Counted.answer(id); a != nil {
			answers = append(answers, *a)
		}
		return true, nil
	})
	inOrderOfCounting(answers)
	return answers, err
}

// definitionsOf returns the definitions by which answers count in the cycle:
// its campaign's, where they are known and cover what was asked.
func (t responseTx) definitionsOf(cycle survey.Cycle, questionnaire string) (survey.Definitions, error) {
	var campaign campaignRecord
	if _, err := t.Get(campaignsBucket, []byte(cycle), &campaign); err != nil {
		return survey.Definitions{}, err
	}
	if d, err := t.store.editions.Definitions(campaign.Definitions); err == nil && d.Questionnaire == questionnaire {
		return d, nil
	}
	d, err := t.store.editions.DefinitionsFor(questionnaire)
	if err != nil {
		return survey.Definitions{ID: survey.CurrentDefinitions}, nil // they count nothing of it
	}
	return d, nil
}

// countedWith returns what the response counts with now.
func (t responseTx) countedWith(cycle survey.Cycle, r *responseRecord) (*countedRecord, error) {
	definitions, err := t.definitionsOf(cycle, r.Answers.Questionnaire)
	if err != nil {
		return nil, err
	}
	return &countedRecord{
		Definitions: definitions.ID,
		Sector:      survey.SectorKey(r.Sector),
		Size:        survey.SizeKey(r.Size),
		Stage:       r.Answers.Stage(),
		Support:     r.Answers.Support(),
		Values:      definitions.Contributions(r.Answers),
	}, nil
}

// same reports whether both count alike, whenever they were counted.
func (c *countedRecord) same(other *countedRecord) bool {
	if c == nil || other == nil {
		return c == other
	}
	return c.Definitions == other.Definitions && c.Sector == other.Sector && c.Size == other.Size && c.Stage == other.Stage &&
		slices.Equal(c.Support, other.Support) && slices.Equal(c.Values, other.Values)
}
