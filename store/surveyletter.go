package store

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// The life of a link to a survey without a closing date, and for how many days after the closing
// date answers are still accepted.
const (
	linkLife     = 120 * 24 * time.Hour
	linkLateDays = 14
)

// SurveyLinkExpiry returns the end of a link that is made now: two weeks after the survey closes,
// in london's days, or 120 days from now.
func SurveyLinkExpiry(campaign survey.Campaign, now time.Time, london *time.Location) time.Time {
	if closes, err := time.ParseInLocation(time.DateOnly, campaign.Closes, london); err == nil {
		if ends := closes.AddDate(0, 0, linkLateDays+1); ends.After(now) && ends.Sub(now) < maxLinkLife {
			return ends
		}
	}
	return now.Add(linkLife)
}

// MayRemind reports whether the company should be asked again: it has an address and has not
// answered, the link is good, and the region holds a claim that waits for answers. A company that
// has answered, declined or cannot be reached is not reminded.
func (l SurveyLink) MayRemind(claim survey.Claim, region survey.Region, now time.Time) bool {
	return l.Email != "" && l.Complete.IsZero() && l.Good(now) && len(l.Hashes) < maxLinkSecrets &&
		claim.Region == region && (claim.State == survey.Claimed || claim.State == survey.Contacted)
}

// SurveyLetter is the letter with a link: a subject, a text with CRLF line ends, and a mailto:
// address that opens both in an e-mail program. The mailto: address is empty for a company without
// an e-mail address.
type SurveyLetter struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
	Mail    string `json:"mailto,omitempty"`
}

// Letter writes the letter with the link's address, which contains its secret. ends is the link's
// last day in words.
func (l SurveyLink) Letter(region survey.Region, company, address, ends string, reminder bool) SurveyLetter {
	letter := SurveyLetter{Subject: fmt.Sprintf("Yearly survey %s of %s", l.Cycle, company)}
	opening := fmt.Sprintf("%s asks %s to answer this year's national survey of companies that worked with an AHSN. "+
		"It takes about ten minutes.", region.Name(), company)
	if reminder {
		letter.Subject = "Reminder: " + letter.Subject
		opening = fmt.Sprintf("We have not yet heard from %s for this year's national survey of companies. "+
			"If you have begun, your answers are kept.", company)
	}

	greeting := "Hello,"
	if l.Contact != "" {
		greeting = "Dear " + l.Contact + ","
	}

	letter.Body = strings.Join([]string{greeting, "", opening, "",
		"Your own link, good until " + ends + ":", address, "",
		"You can stop and go on later with the same link. Whoever has the link can see what was entered, " +
			"so pass it on only to colleagues who help you answer.", "",
		"No other AHSN will ask you for this survey.", "", region.Name()}, "\r\n")

	if l.Email != "" {
		query := strings.ReplaceAll(url.Values{"subject": {letter.Subject}, "body": {letter.Body}}.Encode(), "+", "%20")
		letter.Mail = "mailto:" + strings.ReplaceAll(url.PathEscape(l.Email), "%40", "@") + "?" + query
	}
	return letter
}
