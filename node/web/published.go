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

func (h *nationPages) published(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	published, err := survey.Published()
	if err != nil {
		return err
	}
	definitions, err := h.editions.Definitions(campaign.Definitions)
	if err != nil {
		return err
	}

	view := publishedView{Campaign: campaign, Licence: published.LicenceOf(campaign.Cycle)}
	seen := map[string]bool{}
	for _, f := range published.Figures {
		if seen[f.Metric] || f.From < view.Licence.From {
			continue
		}
		seen[f.Metric] = true
		series, err := h.totals.Reconciliation(f.Metric, view.Licence.From)

		switch {
		case err == nil:
			view.Series = append(view.Series, seriesOf(definitions, series))
		case errors.Is(err, survey.ErrNotFound), errors.Is(err, survey.ErrInvalid): // rates are not added up
		default:
			return err
		}
	}
	return h.Render(w, r, http.StatusOK, "published", "Published and restated figures", view)
}

func seriesOf(definitions survey.Definitions, r survey.Reconciliation) publishedSeries {
	out := publishedSeries{ID: r.Metric, Label: definitions.Label(r.Metric)}

	for _, y := range r.Years {
		row := publishedRow{Year: string(y.Cycle), Basis: survey.Sentence(y.Basis),
			Cumulative: r.Unit.Amount(y.Cumulative)}
		if y.Since != "" {
			row.Year = string(y.Since) + " to " + string(y.Cycle)
		}
		if y.Basis != survey.BasisNone {
			row.Value = survey.Figure{Value: y.Value, Unit: r.Unit, Qualifier: y.Qualifier}.Words()
		}

		if y.Published != nil {
			row.Published, row.Source = y.Published.Text, y.Published.Source
		}

		// A total covers several years, so only it can be compared with the sum of ours.
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
