package totals

import (
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// Provisional returns the part of the members' totals that the public may see before they are
// certified: the nation alone, rounded by the policy, without rows and without figures of fewer
// companies than the threshold. Sums of rounded figures may not add up. It returns an error
// wrapping disclosure.ErrPolicyUnknown if the policy is not known.
func Provisional(definitions survey.Definitions, totals survey.Totals) (survey.Totals, error) {
	policy, err := disclosure.ByName(totals.Policy)
	if err != nil {
		return survey.Totals{}, fmt.Errorf("provisional figures of %s: %w", totals.Cycle, err)
	}

	out := totals
	out.NonResponse.Items = nil
	out.By, out.Rows = "", nil
	out.Figures = make([]survey.Figure, len(totals.Figures))
	for i, f := range totals.Figures {
		metric, _ := definitions.Metric(f.Metric)
		out.Figures[i] = provisional(metric, f, policy)
	}

	ofPeople(definitions, out.Figures)
	return out, nil
}

// Final returns the part of certified totals that the public may see: the nation alone, as it was
// certified, without figures of fewer companies than the threshold and the formulas of those, with
// counts of persons rounded. It returns an error wrapping disclosure.ErrPolicyUnknown if the policy
// is not known.
func Final(definitions survey.Definitions, totals survey.Totals) (survey.Totals, error) {
	policy, err := disclosure.ByName(totals.Policy)
	if err != nil {
		return survey.Totals{}, fmt.Errorf("public figures of %s: %w", totals.Cycle, err)
	}

	out := totals
	out.By, out.Rows = "", nil
	out.Figures = make([]survey.Figure, len(totals.Figures))
	hidden := map[string]bool{}
	for i, f := range totals.Figures {
		metric, _ := definitions.Metric(f.Metric)
		if metric.Formula == nil && !metric.OfRegion() && f.Metric != companiesSupported && few(f, policy) {
			f, hidden[f.Metric] = fewCompanies(f), true
		}
		f.Bounds = nil // they show parts that only the members may see
		out.Figures[i] = people(metric, f)
	}

	// A formula would give its hidden part away.
	for i, f := range out.Figures {
		metric, _ := definitions.Metric(f.Metric)
		if metric.Formula != nil && slices.ContainsFunc(metric.Formula.Of, func(id string) bool { return hidden[id] }) {
			out.Figures[i] = fewCompanies(f)
		}
	}

	ofPeople(definitions, out.Figures)
	return out, nil
}

// few reports whether the public sees no figure of so few companies.
func few(f survey.Figure, policy disclosure.Policy) bool {
	return !f.Absent() && f.Contributors > 0 && f.Contributors < policy.Public.Contributors && f.Value != 0
}

func fewCompanies(f survey.Figure) survey.Figure {
	f.Status, f.Reason, f.ReasonCode = survey.FigureHidden, disclosure.Few.Text(), survey.FigureFew
	f.Value, f.Contributors = 0, 0
	f.Qualifier, f.Bounds = survey.QualifierEstimated, nil
	return f
}

// provisional rounds one figure for the public, or hides it.
func provisional(metric survey.Metric, f survey.Figure, policy disclosure.Policy) survey.Figure {
	if f.Metric == companiesSupported {
		return f // the registry's count shows nothing of answers
	}
	if metric.OfRegion() {
		return people(metric, f)
	}

	base := policy.RoundFor(f.Unit)
	if few(f, policy) {
		return fewCompanies(f)
	}

	f.Reason = publicReason(f)
	// The rule for persons is the stricter one, and rounds by itself.
	if metric.People {
		f.Contributors = disclosure.Round(f.Contributors, policy.RoundCount)
		return people(metric, f)
	}

	// Bounds are rounded outwards.
	f.Value = disclosure.Round(f.Value, base)
	f.Contributors = disclosure.Round(f.Contributors, policy.RoundCount)
	if f.Bounds != nil {
		b := survey.Bounds{Lower: f.Bounds.Lower / base * base}
		if f.Bounds.Upper != nil {
			upper := (*f.Bounds.Upper + base - 1) / base * base
			b.Upper = &upper
		}
		f.Bounds = &b
	}
	return estimated(f)
}

// publicReason returns the reason without its counts, because the members' reason tells exactly how
// many answers are in and wait.
func publicReason(f survey.Figure) string {
	switch f.ReasonCode {
	case survey.FigureHeldBack:
		return disclosure.Waiting.Text()
	case survey.FigureFew:
		return disclosure.Few.Text()
	}
	return f.Reason
}

// public returns one region's cell for the public.
func (in *input) public(i int, metric string, key cellKey, policy disclosure.Policy) (disclosure.PublicCell, error) {
	h := in.summaries[i]
	switch why := in.usable(h); {
	case why != "":
		return disclosure.PublicCell{Unknown: true, Reason: disclosure.Missing}, nil
	case h.summary.Status != SummaryFinal && !in.certified:
		return disclosure.PublicCell{}, fmt.Errorf("%w: the figures of %s are not final", survey.ErrInvalid,
			in.regions[i])
	case key != (cellKey{}) && !h.breaksDown:
		return disclosure.PublicCell{Unknown: true, Reason: disclosure.Few}, nil
	}
	return publicCell(h.summary, metric, key, policy), nil
}

// publicCell returns one region's cell for the public. The region marks a dominated cell; a cell of
// too few companies is found by their number.
func publicCell(s Summary, metric string, key cellKey, policy disclosure.Policy) disclosure.PublicCell {
	for _, c := range s.Cells {
		if c.Metric != metric || (cellKey{c.Dimension, c.Key}) != key {
			continue
		}
		cell := disclosure.PublicCell{Value: c.Value, Contributors: c.Contributors}

		switch {
		case c.Flag.Withheld():
			cell.Unknown, cell.Reason = true, disclosure.Few
		// The members may see it, so that it is known.
		case c.Flag == survey.CellMembers && c.Contributors >= policy.Public.Contributors:
			cell.Reason = disclosure.Dominated
		case c.Flag == survey.CellMembers:
			cell.Reason = disclosure.Few
		}
		return cell
	}
	return disclosure.PublicCell{}
}

// publicFigure turns a cell into a figure. A hidden one is at least 0.
func publicFigure(m survey.Metric, c disclosure.PublicCell) survey.Figure {
	f := survey.Figure{Metric: m.ID, Unit: m.Unit, Value: c.Value, Contributors: c.Contributors,
		Qualifier: survey.QualifierExact}
	switch {
	case c.Reason == disclosure.Missing:
		f.Status = survey.FigureMissing
	case c.Reason != "":
		f.Status = survey.FigureHidden
	case c.Contributors == 0:
		f.Status, f.Reason, f.ReasonCode = survey.FigureNotCollected, reasonNobodyAnswered, survey.FigureNoAnswers
	case c.Value == 0:
		f.Status = survey.FigureZero
	default:
		f.Status = survey.FigureReported
	}

	if c.Reason != "" {
		f.Value, f.Contributors, f.Reason, f.ReasonCode = 0, 0, c.Reason.Text(), survey.FigureReason(c.Reason)
		f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{}
	}
	return f
}
