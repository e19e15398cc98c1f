package web

import (
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// gapsView says who did not answer, and which questions were left out: for
// planning next year.
type gapsView struct {
	Steps []funnelStep
	Items []gapRow
}

type gapRow struct {
	Number       string
	Label, Given string
	Share        string
	Width        int // percent, for the bar
}

func gapsOf(definitions survey.Definitions, t survey.Totals) gapsView {
	n := t.NonResponse
	view := gapsView{Steps: shares(t.Eligible, []funnelStep{
		{Label: "Never asked", Note: "no AHSN claimed them", Count: n.Unclaimed},
		{Label: "Asked, no answer yet", Count: n.Open},
		{Label: "Declined", Count: n.Declined},
		{Label: "Cannot be reached", Count: n.Unreachable},
	})}

	for _, item := range n.Items {
		row := gapRow{Number: questionNumber(item.Item), Label: definitions.Label(item.Metric),
			Given: survey.UnitCount.Amount(item.Given) + " of " + survey.UnitCount.Amount(item.Answers)}
		if item.Answers > 0 {
			share := item.Given * 10_000 / item.Answers
			row.Share, row.Width = survey.UnitBasisPoints.Amount(share), int(min(100, share/100))
		}
		view.Items = append(view.Items, row)
	}
	return view
}

// questionNumber is what people call a question of the form.
func questionNumber(id survey.QuestionID) string {
	n, err := strconv.Atoi(strings.TrimPrefix(string(id), "q"))
	if err != nil {
		return string(id)
	}
	return strconv.Itoa(n)
}
