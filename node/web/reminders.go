package web

import (
	"fmt"
	"net/http"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// remindedView is what became of every reminder of a round.
type remindedView struct {
	Campaign survey.Campaign
	Rows     []remindedRow
	Sent     int
	Left     int // companies that are still to be reminded
}

type remindedRow struct {
	Name, Address, Email string
	Result               tag
	Reason               string
	Letter               string // mailto:, if it did not leave
}

var deliveryTags = map[letters.State]tag{
	letters.Sent:    {"Sent", "nhsuk-tag--green"},
	letters.Refused: {"Refused", "nhsuk-tag--red"},
	letters.Failed:  {"Not sent", "nhsuk-tag--orange"},
	letters.Unknown: {"Perhaps sent", "nhsuk-tag--yellow"},
}

func deliveryTag(d *letters.Delivery) tag { return deliveryTags[d.State] }

var mergeHeader = []string{"Email", "Contact", "Company", "Link", "Ends", "Subject", "Body"}

// remind makes a reminder for every company that should be asked again, and
// sends them or hands them over as a file for a mail merge.
func (h *linkPages) remind(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	mail := r.PostForm.Get("how") == "mail" && h.post.Sends()
	round := h.round(r, campaign.Cycle, mail)
	reminders, err := round.Remind(r.Context())
	switch {
	case err != nil:
		return err
	case mail:
		return h.showReminded(w, r, campaign, round, reminders)
	}

	var rows [][]cell
	for _, m := range reminders {
		rows = append(rows, []cell{text(m.Link.Email), text(m.Link.Contact), text(m.Company), text(m.Address),
			text(h.Day(m.Link.Expires)), text(m.Letter.Subject), text(m.Letter.Body)})
	}
	writeCSV(w, fmt.Sprintf("reminders-%s-%s", campaign.Cycle, h.Today()), mergeHeader, rows)
	return nil
}

func (h *linkPages) showReminded(w http.ResponseWriter, r *http.Request, campaign survey.Campaign, round letters.Round,
	reminders []letters.Reminder) error {
	view := remindedView{Campaign: campaign}
	for _, m := range reminders {
		row := remindedRow{Name: m.Company, Address: companyAddress(m.Link.Organisation), Email: m.Link.Email,
			Result: deliveryTag(m.Delivery), Reason: m.Delivery.Reason}
		if m.Delivery.State == letters.Sent {
			view.Sent++
		} else {
			row.Letter = m.Letter.Mail
		}
		view.Rows = append(view.Rows, row)
	}

	left, err := round.Due()
	if err != nil {
		return err
	}
	view.Left = len(left)
	return h.Render(w, r, http.StatusOK, "reminded", page.Plural(view.Sent, "reminder")+" sent", view)
}
