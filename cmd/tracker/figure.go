package main

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// amount writes a value with its unit as people say it.
func amount(value int64, unit survey.Unit) string {
	switch unit {
	case survey.UnitPence:
		return survey.Pence(value).String()
	case survey.UnitFTE:
		if value == 100 {
			return "1 post"
		}
		return survey.FTE(value).String() + " posts"
	case survey.UnitBasisPoints:
		return percent(value)
	}
	return groupDigits(value)
}

// percent writes basis points to one decimal: 4950 is 49.5 %.
func percent(basisPoints int64) string {
	tenths := (basisPoints + 5) / 10
	return fmt.Sprintf("%s.%d %%", groupDigits(tenths/10), tenths%10)
}

// groupDigits writes 1234567 as 1,234,567.
func groupDigits(n int64) string {
	text := survey.FTE(0).String()
	if n != 0 {
		digits := strings.TrimPrefix(fmt.Sprint(n), "-")
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + "," + digits[i:]
		}
		if n < 0 {
			digits = "-" + digits
		}
		text = digits
	}
	return text
}

// absences are the words for figures that are not there. None of them is 0.
var absences = map[survey.FigureStatus]string{
	survey.FigureWaiting:      "waiting for more answers",
	survey.FigureHidden:       "hidden to protect a company",
	survey.FigureMissing:      "missing",
	survey.FigureNotCollected: "not collected",
}

// briefly are the same absences where there is little room.
var briefly = map[survey.FigureStatus]string{
	survey.FigureWaiting:      "waiting",
	survey.FigureHidden:       "hidden",
	survey.FigureMissing:      "missing",
	survey.FigureNotCollected: "-",
}

var qualifierWords = map[survey.Qualifier]string{
	survey.QualifierAtLeast:   "at least ",
	survey.QualifierUpTo:      "up to ",
	survey.QualifierEstimated: "about ",
}

// words writes a figure as people say it.
func words(f survey.Figure) string {
	if absent, ok := absences[f.Status]; ok {
		return absent
	}
	return qualifierWords[f.Qualifier] + amount(f.Value, f.Unit)
}

// cell writes a figure for a column whose heading says what it counts.
func cell(f survey.Figure) string {
	if absent, ok := briefly[f.Status]; ok {
		return absent
	}
	value := amount(f.Value, f.Unit)
	if f.Unit == survey.UnitFTE {
		if value = survey.FTE(f.Value).String(); !strings.Contains(value, ".") {
			value += ".0" // so that halves stand below wholes
		}
	}
	return qualifierWords[f.Qualifier] + value
}

// note says what is to be known beside the figure.
func note(f survey.Figure) string {
	var parts []string
	if f.Contributors > 0 {
		parts = append(parts, fmt.Sprintf("%s companies", groupDigits(f.Contributors)))
	}
	if f.Bounds != nil && f.Bounds.Upper != nil && *f.Bounds.Upper != f.Bounds.Lower {
		parts = append(parts, fmt.Sprintf("between %s and %s", amount(f.Bounds.Lower, f.Unit), amount(*f.Bounds.Upper, f.Unit)))
	}
	if f.Reason != "" {
		parts = append(parts, f.Reason)
	}
	return strings.Join(parts, "; ")
}

// metricLabel returns what the definitions call a metric; companies supported
// and the like come from the registry and are labelled here.
func metricLabel(definitions survey.Definitions, metric string) string {
	if m, ok := definitions.Metric(metric); ok {
		return m.Label
	}
	text := strings.ReplaceAll(metric, "_", " ")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
