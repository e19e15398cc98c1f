package web

import (
	"errors"
	"net/http"

	"github.com/ahsn-network/tracker/store/survey"
)

// publishedView puts our figures beside those that were published.
type publishedView struct {
	Campaign survey.Campaign
	Licence  survey.Licence
	Series   []publishedSeries
}

type publishedSeries struct {
	ID, Label string
	Rows      []publishedRow
}

type publishedRow struct {
	Year, Basis, Value, Cumulative string
	Published, Source              string
	Difference                     string
	Lines                          []publishedLine
}

type publishedLine struct{ Value, Text string }

func (h *nationPages) published(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	published, err := survey.Published()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	definitions, err := h.editions.Definitions(campaign.Definitions)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	view := publishedView{Campaign: campaign, Licence: published.LicenceOf(campaign.Cycle)}
	seen := map[string]bool{}
	for _, f := range published.Figures {
		if seen[f.Metric] || f.From < view.Licence.From {
			continue
		}
		seen[f.Metric] = true
		series, err := h.totals.Reconciliation(f.Metric, view.Licence.From)
		if errors.Is(err, survey.ErrNotFound) || errors.Is(err, survey.ErrInvalid) {
			continue // rates are not added up
		}
		if err != nil {
			h.fail(w, r, err)
			return
		}
		view.Series = append(view.Series, seriesOf(definitions, series))
	}
	h.Render(w, r, http.StatusOK, "published", "Published and restated figures", view)
}

func seriesOf(definitions survey.Definitions, r survey.Reconciliation) publishedSeries {
	out := publishedSeries{ID: r.Metric, Label: definitions.Label(r.Metric)}
	for _, y := range r.Years {
		row := publishedRow{Year: string(y.Cycle), Basis: survey.Sentence(y.Basis), Cumulative: r.Unit.Amount(y.Cumulative)}
		if y.Since != "" {
			row.Year = string(y.Since) + " to " + string(y.Cycle)
		}
		if y.Basis != survey.BasisNone {
			row.Value = survey.Figure{Value: y.Value, Unit: r.Unit, Qualifier: y.Qualifier}.Words()
		}
		if y.Published != nil {
			row.Published, row.Source = y.Published.Text, y.Published.Source
		}
		if total := y.PublishedTotal; total != nil {
			if row.Published != "" {
				row.Published += "; "
			}
			row.Published, row.Source = row.Published+total.Text, total.Source
			row.Difference = signed(r.Unit, y.Difference)
			for _, line := range y.Lines {
				text := line.Text
				if line.Cycle != "" {
					text = string(line.Cycle) + ": " + text
				}
				row.Lines = append(row.Lines, publishedLine{Value: signed(r.Unit, line.Value), Text: text})
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
