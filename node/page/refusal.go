package page

import "github.com/ahsn-network/tracker/store/survey"

// refusals are the registry's definite answers in people's words.
var refusals = map[survey.RefusalCode]Problem{
	survey.RefusedStaleToken:          {Title: "This has changed since you looked", Text: "Somebody, perhaps you in another window, changed this claim since the page was made. Nothing was recorded.", Next: "Look at it as it is now, then decide."},
	survey.RefusedNotHolder:           {Title: "Your AHSN does not hold this company", Text: "Only the AHSN that holds a company can do this. Nothing was recorded.", Next: "Look who holds it, and ask for it."},
	survey.RefusedNotClaimed:          {Title: "Nobody holds this company", Text: "It has to be claimed first. Nothing was recorded.", Next: "Claim it on its page."},
	survey.RefusedInvalidTransition:   {Title: "That is not possible now", Text: "The state that the claim is in does not allow it. Nothing was recorded.", Next: "Look at it as it is now."},
	survey.RefusedUnknownOrganisation: {Title: "Company not found", Text: "No company has this number. Nothing was recorded.", Next: "Search for it by name, or add it.", Link: "/companies", Label: "Find a company"},
	survey.RefusedUnknownCampaign:     {Title: "There is no such survey", Text: "No survey of that year is known. Nothing was recorded.", Next: "Choose another year."},
	survey.RefusedCampaignNotOpen:     {Title: "The survey is not open", Text: "Companies can be claimed while the survey is open. Nothing was recorded.", Next: "Look at its dates with your information lead."},
	survey.RefusedDoNotSurvey:         {Title: "This company does not want to be surveyed", Text: "It asked to be left out. Nothing was recorded.", Next: "Leave it out. If it agrees to be asked again, an information lead notes that on its page."},
	survey.RefusedSuspended:           {Title: "Your AHSN is suspended", Text: "The other AHSNs suspended it. Nothing was recorded.", Next: "Ask your information lead."},
	survey.RefusedRequestReused:       {Title: "This form was used before", Text: "It was sent before with other contents. Nothing was recorded.", Next: "Open the page anew and send it again."},
	survey.RefusedCampaignNotClosed:   {Title: "The survey is not closed", Text: "Figures become final after the survey's close. Nothing was recorded.", Next: "Two AHSNs close the survey first."},
	survey.RefusedUnknownRevision:     {Title: "There is no such revision", Text: "Nothing was recorded.", Next: "Look at the revisions as they are now."},
	survey.RefusedNotReporting:        {Title: "That AHSN has no part in it", Text: "It had no vote when the revision was opened, or is suspended. Nothing was recorded.", Next: "Look who has a part in the revision."},
	survey.RefusedNotSettled:          {Title: "Sign-offs are missing", Text: "The national table is not complete, so it cannot be co-signed. Nothing was recorded.", Next: "Look who is missing, and ask them to sign off."},
	survey.RefusedAlreadyCertified:    {Title: "These figures are final", Text: "Certified figures never move. Nothing was recorded.", Next: "Open a revision if there is a reason to."},
	survey.RefusedNotCertified:        {Title: "The revision before is not final", Text: "A revision is opened when the one before is certified. Nothing was recorded.", Next: "Finish that one first."},
	survey.RefusedSecondRegion:        {Title: "This takes two other AHSNs", Text: "Whoever is meant has no say in it, and whoever proposed it cannot agree to it. Nothing was recorded.", Next: "Ask two other AHSNs."},
	survey.RefusedObserver:            {Title: "Our AHSN follows only", Text: "An AHSN without a vote takes no step that binds the others. Nothing was recorded.", Next: "Ask an AHSN that has a vote."},
	survey.RefusedStanding:            {Title: "That is not possible as it stands", Text: "It was settled otherwise meanwhile: perhaps the AHSN signed off itself. Nothing was recorded.", Next: "Look at it as it is now."},
	survey.RefusedUnknown:             {Title: "There is no such proposal", Text: "It took effect, lapsed, or was never made. Nothing was recorded.", Next: "Look at it as it is now."},
	survey.RefusedLapsed:              {Title: "The proposal has lapsed", Text: "Nobody agreed in time. Nothing was recorded.", Next: "Propose it again."},
	survey.RefusedNeedsUpgrade:        {Title: "Some nodes are too old for this", Text: "Not every AHSN's software knows this step. Nothing was recorded.", Next: "Ask whoever looks after the nodes to update them."},
	survey.RefusedIdentifierConflict:  {Title: "These numbers belong to different organisations", Text: "Nothing was recorded.", Next: "Look each of them up and give those of one organisation.", Link: "/companies", Label: "Find a company"},
}

// Refused is what a refusal says to people.
func Refused(r *survey.Refusal) Problem {
	if p, ok := refusals[r.Code]; ok {
		return p
	}
	if r.Holder != "" {
		return Problem{Title: "Another AHSN holds this company", Text: r.Holder.Name() + " holds it. Nothing was recorded.", Next: "Ask for it on the company's page."}
	}
	text := "Nothing was recorded."
	if r.Detail != "" {
		text = survey.Sentence(r.Detail) + " " + text
	}
	return Problem{Title: "That was refused", Text: text, Next: "Look at it as it is now."}
}
