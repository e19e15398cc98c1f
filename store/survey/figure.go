package survey

import (
	"fmt"
	"strings"
)

// Words returns the words before a value so qualified, with a space at their end: "at least ",
// "about ". It is empty for an exact one.
func (q Qualifier) Words() string { return qualifierWords[q] }

// Words returns the figure as people say it: "at least £428,000,000", "1,329
// posts", "hidden to protect a company".
func (f Figure) Words() string {
	if f.Absent() {
		return figureWords[f.Status]
	}
	return f.Qualifier.Words() + f.Unit.Amount(f.Value)
}

// Words returns the reason as people say it, "" for an unknown code.
func (r FigureReason) Words() string { return figureReasonWords[r] }

// FigureOf returns the metric's figure, false if there is none.
func FigureOf(figures []Figure, metric string) (Figure, bool) {
	return first(figures, func(f *Figure) bool { return f.Metric == metric })
}

// Absent reports whether there is no value to be shown.
func (f Figure) Absent() bool { return figureWords[f.Status] != "" }

// Note returns the notes beside the figure: the number of companies, its bounds and the reason why
// it is not exact. It may be empty.
func (f Figure) Note() string {
	var parts []string
	if f.Contributors > 0 {
		parts = append(parts, fmt.Sprintf("%s companies", groupThousands(uint64(f.Contributors))))
	}
	if f.Bounds != nil && f.Bounds.Upper != nil && *f.Bounds.Upper != f.Bounds.Lower {
		parts = append(parts, "between "+f.Unit.Amount(f.Bounds.Lower)+" and "+f.Unit.Amount(*f.Bounds.Upper))
	}
	if f.Reason != "" {
		parts = append(parts, f.Reason)
	}
	return strings.Join(parts, "; ")
}

// Amount returns a value in the unit as people write it: "£1,234.50", "7.5
// posts", "49.5%", "1,372".
func (u Unit) Amount(value int64) string {
	switch u {
	case UnitPence:
		return Pence(value).String()
	case UnitFTE:
		if value == 100 {
			return "1 post"
		}
		return FTE(value).String() + " posts"
	case UnitBasisPoints:
		return percent(value)
	}

	// Every other unit is a count.
	if value < 0 {
		return "-" + groupThousands(uint64(-value))
	}
	return groupThousands(uint64(value))
}

// percent writes basis points to one decimal, halves up: 4950 is 49.5%, 4500
// is 45%.
func percent(basisPoints int64) string {
	tenths := (basisPoints + 5) / 10
	return FTE(tenths*10).String() + "%"
}

// Label returns the definitions' label of a metric. Metrics of the registry (companies supported)
// have none: theirs is made of their name.
func (d Definitions) Label(metric string) string {
	if m, ok := d.Metric(metric); ok {
		return m.Label
	}

	text := strings.ReplaceAll(metric, "_", " ")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
