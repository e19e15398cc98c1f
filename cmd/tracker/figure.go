package main

import (
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// groupDigits writes 1234567 as 1,234,567.
func groupDigits(n int64) string { return survey.UnitCount.Amount(n) }

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
