package web

import (
	"fmt"
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// eligibleListView is a list of companies to be put into a survey, and what
// became of each row.
type eligibleListView struct {
	Campaign             survey.Campaign
	Text                 string
	Rows                 []listRow
	Added, There, Faulty int
	Done                 bool
}

var (
	tagAdded = tag{"In the survey now", "nhsuk-tag--green"}
	tagThere = tag{"In it already", "nhsuk-tag--aqua-green"}
	tagLeft  = tag{"Not added", "nhsuk-tag--red"}
)

func (h *eligiblePages) addForm(w http.ResponseWriter, r *http.Request) {
	if campaign, ok := h.adding(w, r); ok {
		h.Render(w, r, http.StatusOK, "eligible-add", "Add companies to the survey", eligibleListView{Campaign: campaign})
	}
}

// add puts the companies of a list into the survey, each with its own
// result.
func (h *eligiblePages) add(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.adding(w, r)
	if !ok {
		return
	}
	view := eligibleListView{Campaign: campaign, Text: r.PostForm.Get("list")}
	rows, problem := readList(r)
	if problem != nil {
		h.RenderFaulty(w, r, http.StatusUnprocessableEntity, "eligible-add", "Add companies to the survey", view, []page.Fault{*problem})
		return
	}
	for i := range rows {
		rows[i].Result = tagLeft // unless the registry says otherwise
	}
	err := sendList(rows, func(ids []survey.Identifier) ([]survey.Outcome, error) {
		return h.writer.ImportEligible(r.Context(), page.Request(r), campaign.Cycle, ids)
	}, h.tellEligible)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	view.Rows, view.Done = rows, true
	for _, row := range rows {
		switch row.Result {
		case tagAdded:
			view.Added++
		case tagThere:
			view.There++
		default:
			view.Faulty++
		}
	}
	h.Render(w, r, http.StatusOK, "eligible-add", fmt.Sprintf("%d of %d added", view.Added, len(rows)), view)
}

// tellEligible puts the outcome of one row into words.
func (h *eligiblePages) tellEligible(row *listRow, outcome survey.Outcome) {
	if o, err := h.organisations.Organisation(row.id); err == nil {
		row.Name, row.Address = o.Name, companyAddress(o.ID)
	}
	switch refusal := outcome.Refusal; {
	case refusal == nil && outcome.Status == survey.OutcomeExists:
		row.Result = tagThere
	case refusal == nil:
		row.Result = tagAdded
	case refusal.Code == survey.RefusedDuplicateInList:
		row.Result, row.Note = tagLeft, "It is in the list twice: the first row counts."
	default:
		p := page.Refused(refusal)
		row.Result, row.Note = tagLeft, p.Title+". "+p.Next
	}
}
