package web

import (
	"fmt"
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// listView is a list of companies to claim and what became of each row.
type listView struct {
	Campaign survey.Campaign
	Text     string
	Rows     []listRow
	Granted  int
	Already  int
	Held     int
	Faulty   int
	Done     bool
}

var (
	tagYours  = tag{"Yours", "nhsuk-tag--green"}
	tagMine   = tag{"Yours already", "nhsuk-tag--aqua-green"}
	tagHeld   = tag{"Held by another AHSN", "nhsuk-tag--orange"}
	tagFaulty = tag{"Not claimed", "nhsuk-tag--red"}
)

func (h *claimPages) batchForm(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	return h.Render(w, r, http.StatusOK, "claim-list", "Claim a list of companies", listView{Campaign: campaign})
}

func (h *claimPages) batch(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}

	view := listView{Campaign: campaign, Text: r.PostForm.Get("list")}
	rows, faults, err := takeList(r, func(ids []survey.Identifier) ([]survey.Outcome, error) {
		return h.writer.Claim(r.Context(), page.Request(r), campaign.Cycle, ids)
	}, h.tell)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return h.Render(w, r, http.StatusUnprocessableEntity, "claim-list", "Claim a list of companies", view,
			faults...)
	}

	n := countResults(rows)
	view.Rows, view.Done = rows, true
	view.Granted, view.Already, view.Held = n[tagYours], n[tagMine], n[tagHeld]
	view.Faulty = len(rows) - view.Granted - view.Already - view.Held
	return h.Render(w, r, http.StatusOK, "claim-list", fmt.Sprintf("%d of %d claimed", view.Granted, len(rows)), view)
}

// tell puts the outcome of one row into words.
func (h *claimPages) tell(row *listRow, outcome survey.Outcome) {
	h.nameRow(row)

	refusal := outcome.Refusal
	switch {
	case refusal == nil && outcome.Status == survey.OutcomeMine:
		row.Result = tagMine
	case refusal == nil:
		row.Result = tagYours
	case refusal.Code == survey.RefusedAlreadyClaimed:
		row.Result, row.Note = tagHeld, fmt.Sprintf("%s, since %s", refusal.Holder.Name(), h.Day(refusal.Since))
	default:
		row.Result, row.Note = tagFaulty, rowRefused(refusal)
	}
}
