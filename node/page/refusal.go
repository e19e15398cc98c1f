package page

import (
	"net/http"

	"github.com/ahsn-network/tracker/store/survey"
)

// refusalWords are the words of one refusal. Refused adds to all of them that
// nothing was recorded.
type refusalWords struct{ title, text, next string }

const lookNow = "Look at it as it is now."

// refusals are the registry's definite answers in people's words.
var refusals = map[survey.RefusalCode]refusalWords{
	survey.RefusedStaleToken: {"This has changed since you looked",
		"Somebody, perhaps you in another window, changed this claim since the page was made.",
		"Look at it as it is now, then decide."},
	survey.RefusedNotHolder: {"Your AHSN does not hold this company",
		"Only the AHSN that holds a company can do this.", "Look who holds it, and ask for it."},
	survey.RefusedNotClaimed: {"Nobody holds this company", "It has to be claimed first.", "Claim it on its page."},
	survey.RefusedInvalidTransition: {"That is not possible now",
		"The state that the claim is in does not allow it.", lookNow},
	survey.RefusedUnknownOrganisation: {"Company not found",
		"No company has this number.", "Search for it by name, or add it."},
	survey.RefusedUnknownCampaign: {"There is no such survey",
		"No survey of that year is known.", "Choose another year."},
	survey.RefusedCampaignNotOpen: {"The survey is not open",
		"Companies can be claimed while the survey is open.", "Look at its dates with your information lead."},
	survey.RefusedDoNotSurvey: {"This company does not want to be surveyed",
		"It asked to be left out.",
		"Leave it out. If it agrees to be asked again, an information lead notes that on its page."},
	survey.RefusedSuspended: {"Your AHSN is suspended",
		"The other AHSNs suspended it.", "Ask your information lead."},
	survey.RefusedRequestReused: {"This form was used before",
		"It was sent before with other contents.", "Open the page anew and send it again."},
	survey.RefusedCampaignNotClosed: {"The survey is not closed",
		"Figures become final after the survey's close.", "Two AHSNs close the survey first."},
	survey.RefusedUnknownRevision: {"There is no such revision", "", "Look at the revisions as they are now."},
	survey.RefusedNotReporting: {"That AHSN has no part in it",
		"It had no vote when the revision was opened, or is suspended.", "Look who has a part in the revision."},
	survey.RefusedNotSettled: {"Sign-offs are missing",
		"The national table is not complete, so it cannot be co-signed.",
		"Look who is missing, and ask them to sign off."},
	survey.RefusedAlreadyCertified: {"These figures are final",
		"Certified figures never change.", "Open a revision if there is a reason to."},
	survey.RefusedNotCertified: {"The revision before is not final",
		"A revision is opened when the one before is certified.", "Finish that one first."},
	survey.RefusedSecondRegion: {"This takes two other AHSNs",
		"Whoever is meant has no say in it, and whoever proposed it cannot agree to it.", "Ask two other AHSNs."},
	survey.RefusedObserver: {"Our AHSN follows only",
		"An AHSN without a vote takes no step that binds the others.", "Ask an AHSN that has a vote."},
	survey.RefusedStanding: {"That is not possible as it stands",
		"It was settled otherwise meanwhile: perhaps the AHSN signed off itself.", lookNow},
	survey.RefusedUnknown: {"There is no such proposal", "It took effect, lapsed, or was never made.", lookNow},
	survey.RefusedLapsed:  {"The proposal has lapsed", "Nobody agreed in time.", "Propose it again."},
	survey.RefusedNeedsUpgrade: {"Some nodes are too old for this",
		"Not every AHSN's software knows this step.", "Ask whoever looks after the nodes to update them."},
	survey.RefusedIdentifierConflict: {"These numbers belong to different organisations",
		"", "Look each of them up and give those of one organisation."},
}

// Refused is the page of a refusal.
func Refused(r *survey.Refusal) Problem {
	p := Problem{Status: http.StatusConflict, Title: "That was refused", Text: "Nothing was recorded.", Next: lookNow}
	words, known := refusals[r.Code]
	switch {
	case known:
		p.Title, p.Next = words.title, words.next
	case r.Holder != "":
		p.Title, words.text = "Another AHSN holds this company", r.Holder.Name()+" holds it."
		p.Next = "Ask for it on the company's page."
	default:
		words.text = survey.Sentence(r.Detail)
	}

	if words.text != "" {
		p.Text = words.text + " " + p.Text
	}

	// Only a search helps if the number was wrong.
	if r.Code == survey.RefusedUnknownOrganisation || r.Code == survey.RefusedIdentifierConflict {
		p.Link, p.Label = "/companies", "Find a company"
	}
	return p
}
