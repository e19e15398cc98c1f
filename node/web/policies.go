package web

import "github.com/ahsn-network/tracker/store/survey"

// policyView is one set of release rules in people's words.
type policyView struct{ Code, Name, Hint string }

// policyTexts are the release rules that people can choose from, the usual
// ones first. Which of them a survey may have is the registry's to say.
var policyTexts = []policyView{
	{"standard", "Standard", "A figure needs five companies, and answers are added five at a time, the rest at the close"},
	{"ons-business", "As for business statistics", "A figure needs three companies, and answers are added three at a time, the rest at the close"},
	{"open", "Open", "The AHSNs see every figure at once; the public waits for ten companies"},
}

// policyWords is what people call release rules, the code itself for those of
// a newer software.
func policyWords(code string) string {
	for _, p := range policyTexts {
		if p.Code == code {
			return p.Name
		}
	}
	return code
}

// currentTerms reports whether a survey asks today's questions and counts by
// today's definitions.
func currentTerms(c survey.Campaign) bool {
	return c.Questionnaire == survey.CurrentQuestionnaire && c.Definitions == survey.CurrentDefinitions
}
