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

func (h *eligiblePages) addForm(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.adding(r)
	if err != nil {
		return err
	}
	return h.Render(w, r, http.StatusOK, "eligible-add", "Add companies to the survey",
		eligibleListView{Campaign: campaign})
}

// add puts the companies of a list into the survey, each with its own
// result.
func (h *eligiblePages) add(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.adding(r)
	if err != nil {
		return err
	}
	view := eligibleListView{Campaign: campaign, Text: r.PostForm.Get("list")}
	rows, faults, err := takeList(r, func(ids []survey.Identifier) ([]survey.Outcome, error) {
		return h.writer.ImportEligible(r.Context(), page.Request(r), campaign.Cycle, ids)
	}, h.tell)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return h.Render(w, r, http.StatusUnprocessableEntity, "eligible-add", "Add companies to the survey", view,
			faults...)
	}

	// A faulty row has the words of a list of claims.
	for i := range rows {
		if rows[i].Result == tagFaulty {
			rows[i].Result = tagLeft
		}
	}

	n := countResults(rows)
	view.Rows, view.Done, view.Added, view.There = rows, true, n[tagAdded], n[tagThere]
	view.Faulty = len(rows) - view.Added - view.There
	return h.Render(w, r, http.StatusOK, "eligible-add", fmt.Sprintf("%d of %d added", view.Added, len(rows)), view)
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
