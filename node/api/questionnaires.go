package api

import (
	"cmp"
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

type (
	questionnaireRead struct{ Body survey.Questionnaire }
	definitionsRead   struct{ Body survey.Definitions }
)

// questionnaireHandlers return a campaign's questions and its rules of
// counting. Editions are those that this node knows; nil means the software's.
type questionnaireHandlers struct {
	campaigns campaignFinder
	editions  *survey.Editions
}

// definitions returns the definitions of the cycle's campaign as this node has
// them.
func (h questionnaireHandlers) definitions(_ context.Context, in *CyclePath) (*definitionsRead, error) {
	campaign, err := h.campaign(in)
	if err != nil {
		return nil, err
	}

	d, err := h.editions.Definitions(campaign.Definitions)
	if err != nil {
		return nil, err
	}
	return &definitionsRead{Body: d}, nil
}

// questionnaire returns the questions of the cycle's campaign in the order in
// which this node's region asks them.
func (h questionnaireHandlers) questionnaire(_ context.Context, in *CyclePath) (*questionnaireRead, error) {
	campaign, err := h.campaign(in)
	if err != nil {
		return nil, err
	}

	q, err := h.editions.Questionnaire(campaign.Questionnaire)
	if err != nil {
		return nil, err
	}
	return &questionnaireRead{Body: q}, nil
}

func (h questionnaireHandlers) campaign(in *CyclePath) (survey.Campaign, error) {
	cycle, err := in.parse()
	if err != nil {
		return survey.Campaign{}, err
	}
	return h.campaigns.Campaign(cycle)
}

// choose returns the questionnaire and the definitions of a new campaign: by
// default the current questionnaire and the definitions that cover it. It
// refuses those that this node does not know, since nobody could answer or
// count by them.
func (h questionnaireHandlers) choose(questionnaire, definitions string) (string, string, error) {
	questionnaire = cmp.Or(questionnaire, survey.CurrentQuestionnaire)
	if _, err := h.editions.National(questionnaire); err != nil {
		return "", "", invalidField("body.questionnaire",
			"this node does not know it: add its file to every node first")
	}

	if definitions == "" {
		d, err := h.editions.DefinitionsFor(questionnaire)
		if err != nil {
			return "", "", invalidField("body.definitions",
				"this node knows none for the questionnaire: add their file to every node first")
		}
		return questionnaire, d.ID, nil
	}

	// Definitions of another questionnaire would count answers that nobody is asked for.
	d, err := h.editions.Definitions(definitions)
	if err != nil || d.Questionnaire != questionnaire {
		return "", "", invalidField("body.definitions",
			"this node does not know them, or they are of another questionnaire")
	}
	return questionnaire, d.ID, nil
}
