package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// yearsView puts two years side by side, always with both response rates.
type yearsView struct {
	Cycle, Against survey.Cycle
	Sources        []string // what each year's figures are made from
	Rates          string
	Companies      string // where those that answered were the year before
	Panel          string
	Rows           []yearsRow
	None           string // why nothing is compared
}

type yearsRow struct{ Label, Before, Now, Change, Panel, PanelNote string }

// years compares the figures with those of the year before.
func (h *nationPages) years(r *http.Request, definitions survey.Definitions, totals survey.Totals,
	query survey.TotalsQuery) (*yearsView, error) {
	against := query.Cycle.Previous()
	if _, known := h.known(against); !known || !query.AsOf.IsZero() {
		return nil, nil
	}

	view := &yearsView{Cycle: query.Cycle, Against: against}
	query.Revision, query.By = nil, "" // the newest of both
	compared, err := h.totals.Compare(r.Context(), query, against)
	switch {
	case errors.Is(err, survey.RefusedNotComparable):
		view.None = fmt.Sprintf("%s and %s define their figures differently, so they cannot be compared.",
			against, query.Cycle)
	case notReady(err):
		view.None = fmt.Sprintf("The final figures of %s cannot be shown here, so nothing is compared. "+
			"Tell whoever looks after the node.", against)
	case errors.Is(err, survey.ErrNotFound):
		view.None = fmt.Sprintf("The figures of %s are not final yet, so there is nothing to compare with.", against)
	case err != nil:
		return nil, err
	}
	if err != nil {
		return view, nil
	}

	// A change of the response rate changes the figures as well.
	view.Rates = fmt.Sprintf("Response rate: %s in %s (%s of %s), %s in %s (%s of %s). "+
		"Other companies answered, so a change is not growth by itself.",
		survey.UnitBasisPoints.Amount(compared.ResponseRateBefore), against,
		count(compared.RespondedBefore), count(compared.EligibleBefore),
		survey.UnitBasisPoints.Amount(compared.ResponseRate), query.Cycle,
		count(compared.Responded), count(compared.Eligible))
	view.Sources = []string{compared.SourceBefore.Sentence("AHSNs"), compared.Source.Sentence("AHSNs")}

	view.Panel = "Companies that answered in both years cannot be compared yet."
	if n := len(compared.Panel); n > 0 {
		view.Panel = fmt.Sprintf("The last column is of companies that answered the same AHSN in both years, or "+
			"another one the year before that handed over their answers, of %d of %s.", n, ahsns(totals.Coverage.Of))
	}

	if of := compared.Companies; of != nil {
		view.Companies = of.Sentence(query.Cycle, against, "AHSN")
	}
	for _, f := range compared.Figures {
		view.Rows = append(view.Rows, yearsRowOf(definitions, f))
	}
	return view, nil
}

func yearsRowOf(definitions survey.Definitions, f survey.ComparedFigure) yearsRow {
	row := yearsRow{Label: definitions.Label(f.Metric), Before: f.Before.Words(), Now: f.Now.Words(), Change: f.Reason,
		Panel: "none", PanelNote: f.PanelReason}

	switch {
	case f.Change != nil:
		row.Change = survey.Growth(*f.Change)
		if f.Qualifier != survey.QualifierExact && *f.Change != 0 {
			row.Change = "about " + row.Change
		}
	case f.Unit == survey.UnitBasisPoints && !f.Now.Absent() && !f.Before.Absent():
		row.Change = survey.Points(f.Now.Value - f.Before.Value)
	}

	if p := f.Panel; p != nil {
		row.Panel = fmt.Sprintf("%s, then %s", f.Unit.Amount(p.Before), f.Unit.Amount(p.Now))
		if p.Change != nil {
			row.Panel = survey.Growth(*p.Change)
		}
		row.PanelNote = fmt.Sprintf("%s of %s", page.Plural(int(p.Companies), "company"), ahsns(p.Regions))
		if p.AfterHandover > 0 {
			row.PanelNote += fmt.Sprintf(", %s after a hand-over", survey.UnitCount.Amount(p.AfterHandover))
		}
	}
	return row
}
