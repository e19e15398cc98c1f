package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// describeHidden lists the figures that are not shown or not complete, with the reasons.
func (v *pageView) describeHidden() {
	add := func(what string, f survey.Figure) {
		if !f.Absent() && f.Qualifier != survey.QualifierAtLeast || f.ReasonCode == survey.FigureNoAnswers {
			return
		}

		why := cmp.Or(f.ReasonCode.Words(), f.Reason)
		v.Hidden = append(v.Hidden, hiddenView{What: what, Why: survey.Sentence(f.Words() + ": " + why)})
	}

	for _, f := range v.Totals.Figures {
		add(v.Report.Definitions.Label(f.Metric), f)
	}

	for _, table := range v.Tables {
		label := v.Report.Definitions.Label(table.Metric)
		for i, f := range table.Totals {
			add(label+", "+table.Rows[i].Label, f)
		}
		for i, f := range table.Nation {
			add(label+", "+table.Keys[i].Label, f)
		}
	}
}

func (v *pageView) describeRules() {
	add := func(format string, args ...any) { v.Rules = append(v.Rules, fmt.Sprintf(format, args...)) }
	add("A figure is published only if at least %s are in it.", companies(v.Rule.Contributors))
	if v.Rule.Percent > 0 {
		add("No company may be worked out from it: without the two largest, what is left is at least %d%% of the largest.",
			v.Rule.Percent)
	}

	add("Where the figure of one AHSN is hidden, more are hidden with it, so that it cannot be found by subtraction; " +
		"and a program has tried to find each hidden figure from everything that is shown.")

	if v.Final() {
		add("National figures are exact unless they say otherwise. They are not rounded.")
		return
	}

	add("Provisional figures are rounded, counts to %s and money to %s: sums may not add up. "+
		"Figures of AHSNs follow when they are final.",
		survey.UnitCount.Amount(v.Rule.RoundCount), survey.UnitPence.Amount(v.Rule.RoundMoney))
}

// describeProof lists the documents and counts that the figures rest on.
func (v *pageView) describeProof() {
	add := func(label, value string) {
		if value != "" {
			v.Proof = append(v.Proof, proofView{label, value})
		}
	}

	add("Answer", v.Totals.AnswerID)
	if c := v.Totals.Certified; c != nil {
		add("Revision", fmt.Sprint(c.Revision))
		add("Certified table (SHA-256)", c.Table)
		add("Table of the revision before", c.Previous)
		names := make([]string, len(c.CoSigned))
		for i, region := range c.CoSigned {
			names[i] = region.Name()
		}
		add("Co-signed by", fmt.Sprintf("%s (%d were needed)", strings.Join(names, ", "), c.Needed))
		add("Answers counted", fmt.Sprintf("%s; the registry counts %s",
			survey.UnitCount.Amount(c.Answers), survey.UnitCount.Amount(c.Responded)))
	}

	add("Questionnaire", v.Totals.Questionnaire)
	add("Definitions", v.Totals.Definitions)
	add("Release rules", v.Totals.Policy)
}

func seriesOf(r Report, series survey.Reconciliation) seriesView {
	out := seriesView{ID: series.Metric, Label: r.Definitions.Label(series.Metric)}
	for _, y := range series.Years {
		printed, source := y.Printed()
		row := seriesRow{Year: y.Span(), Basis: y.Basis, Value: cmp.Or(y.Words(series.Unit), "none"),
			Cumulative: series.Unit.Amount(y.Cumulative), Published: cmp.Or(printed, "nothing"), Source: source}

		// The difference and its lines are those of the published total.
		if y.PublishedTotal != nil {
			row.Difference = series.Unit.Signed(y.Difference)
			for _, line := range y.Lines {
				text := series.Unit.Signed(line.Value) + ": " + line.Text
				if line.Cycle != "" {
					text = string(line.Cycle) + ", " + text
				}
				row.Lines = append(row.Lines, text)
			}
		}

		out.Rows = append(out.Rows, row)
	}
	return out
}
