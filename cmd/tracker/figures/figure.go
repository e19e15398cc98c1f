package figures

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// briefly are the words for figures that are not there, where there is little
// room. None of them is 0.
var briefly = map[survey.FigureStatus]string{
	survey.FigureWaiting:      "waiting",
	survey.FigureHidden:       "hidden",
	survey.FigureMissing:      "missing",
	survey.FigureNotCollected: "-",
}

// cell writes a figure for a column whose heading says what it counts.
func cell(f survey.Figure) string {
	if absent, ok := briefly[f.Status]; ok {
		return absent
	}
	words := f.Words()
	if f.Unit != survey.UnitFTE {
		return words
	}
	value := survey.FTE(f.Value).String()
	qualifier := strings.TrimSuffix(words, f.Unit.Amount(f.Value))
	if !strings.Contains(value, ".") {
		value += ".0" // so that halves stand below wholes
	}
	return qualifier + value
}

var figureHeader = []string{"KEY", "METRIC", "VALUE", "UNIT", "STATUS", "QUALIFIER", "CONTRIBUTORS", "AS OF", "LOWER", "UPPER", "REASON"}

// figureRow is a figure for programs. A value that is not there is blank.
func figureRow(key string, f survey.Figure) []string {
	value, lower, upper := "", "", ""
	if !f.Absent() {
		value = fmt.Sprint(f.Value)
	}
	if f.Bounds != nil {
		lower = fmt.Sprint(f.Bounds.Lower)
		if f.Bounds.Upper != nil {
			upper = fmt.Sprint(*f.Bounds.Upper)
		}
	}
	return []string{key, f.Metric, value, string(f.Unit), string(f.Status), string(f.Qualifier), fmt.Sprint(f.Contributors), cli.CSVTime(f.AsOf), lower, upper, f.Reason}
}
