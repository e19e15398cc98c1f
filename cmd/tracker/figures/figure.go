package figures

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// brief is the first of the words for a figure that is not there, where there
// is little space; "-" if it was not collected. None of them is 0.
func brief(status survey.FigureStatus) string {
	if status == survey.FigureNotCollected {
		return "-"
	}
	first, _, _ := strings.Cut(survey.Figure{Status: status}.Words(), " ")
	return first
}

// cell writes a figure for a column whose heading says what it counts.
func cell(f survey.Figure) string {
	switch {
	case f.Absent():
		return brief(f.Status)
	case f.Unit != survey.UnitFTE:
		return f.Words()
	}
	value := survey.FTE(f.Value).String()
	if !strings.Contains(value, ".") {
		value += ".0" // so that halves stand below wholes
	}
	return f.Qualifier.Words() + value
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
