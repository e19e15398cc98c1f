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

func (s *server) questionnaireRoutes(campaign string) []route {
	return []route{
		on(get, campaign+"/questionnaire", viewer, reads, "What this region asks: the campaign's questions, then its own", s.getQuestionnaire),
		on(get, campaign+"/definitions", viewer, reads, "How the campaign counts: its metrics and the keys of breakdowns, with their labels", s.getDefinitions),
	}
}

// getDefinitions returns the definitions of the cycle's campaign as this node
// has them.
func (s *server) getDefinitions(_ context.Context, in *CyclePath) (*definitionsRead, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	campaign, err := s.registry.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	d, err := s.editions.Definitions(campaign.Definitions)
	if err != nil {
		return nil, err
	}
	return &definitionsRead{Body: d}, nil
}

// getQuestionnaire returns the questions of the cycle's campaign in the order
// in which this node's region asks them.
func (s *server) getQuestionnaire(_ context.Context, in *CyclePath) (*questionnaireRead, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	campaign, err := s.registry.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	q, err := s.editions.Questionnaire(campaign.Questionnaire)
	if err != nil {
		return nil, err
	}
	return &questionnaireRead{Body: q}, nil
}

// campaignEditions returns what a new campaign asks and how it counts; left
// out, they are the current questionnaire and the definitions that cover it.
// Nobody could answer or count what this node does not know.
func (s *server) campaignEditions(questionnaire, definitions string) (string, string, error) {
	questionnaire = cmp.Or(questionnaire, survey.CurrentQuestionnaire)
	if _, err := s.editions.National(questionnaire); err != nil {
		return "", "", invalidField("body.questionnaire", "this node does not know it: add its file to every node first")
	}
	if definitions == "" {
		d, err := s.editions.DefinitionsFor(questionnaire)
		if err != nil {
			return "", "", invalidField("body.definitions", "this node knows none for the questionnaire: add their file to every node first")
		}
		return questionnaire, d.ID, nil
	}
	d, err := s.editions.Definitions(definitions)
	if err != nil || d.Questionnaire != questionnaire {
		return "", "", invalidField("body.definitions", "this node does not know them, or they are of another questionnaire")
	}
	return questionnaire, d.ID, nil
}
