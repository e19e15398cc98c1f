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
	rows, ok := h.takeList(w, r, "eligible-add", "Add companies to the survey", view, func(ids []survey.Identifier) ([]survey.Outcome, error) {
		return h.writer.ImportEligible(r.Context(), page.Request(r), campaign.Cycle, ids)
	}, h.tell)
	if !ok {
		return
	}
	for i := range rows {
		if rows[i].Result != tagAdded && rows[i].Result != tagThere {
			rows[i].Result = tagLeft
		}
	}
	n := countResults(rows)
	view.Rows, view.Done, view.Added, view.There = rows, true, n[tagAdded], n[tagThere]
	view.Faulty = len(rows) - view.Added - view.There
	h.Render(w, r, http.StatusOK, "eligible-add", fmt.Sprintf("%d of %d added", view.Added, len(rows)), view)
}

// tell puts the outcome of one row into words.
func (h *eligiblePages) tell(row *listRow, outcome survey.Outcome) {
	h.nameRow(row)
	switch refusal := outcome.Refusal; {
	case refusal == nil && outcome.Status == survey.OutcomeExists:
		row.Result = tagThere
	case refusal == nil:
		row.Result = tagAdded
	default:
		row.Result, row.Note = tagLeft, rowRefused(refusal)
	}
}
