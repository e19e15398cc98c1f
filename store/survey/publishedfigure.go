package survey

import "sync"

// CurrentPublished is the edition of the published figures in use.
const CurrentPublished = "pf-1"

// PublishedFigure is one figure that was published before this software made any. It is kept for
// comparison and cannot be derived again. Value is in the metric's unit, Text is the printed form.
// A cumulative figure adds up all years from From.
type PublishedFigure struct {
	Metric     string    `json:"metric"`
	From       Cycle     `json:"from"`
	To         Cycle     `json:"to"`
	Value      int64     `json:"value"`
	Qualifier  Qualifier `json:"qualifier"`
	Text       string    `json:"text"`
	Source     string    `json:"source"`
	Cumulative bool      `json:"cumulative,omitempty"`
}

// Licence is one period for which the regions were commissioned.
type Licence struct {
	Code  string `json:"code"`
	Label string `json:"label"`
	From  Cycle  `json:"from"`
	To    Cycle  `json:"to"`
}

// PublishedFigures are one edition of the figures that were published, oldest first.
type PublishedFigures struct {
	ID       string            `json:"id"`
	Licences []Licence         `json:"licences"`
	Figures  []PublishedFigure `json:"figures"`
}

var loadPublished = sync.OnceValues(func() (map[string]PublishedFigures, error) {
	return decodeEditions("pf-", func(p *PublishedFigures) string { return p.ID })
})

// Published returns the current edition of the published figures. Read only:
// the slices are shared.
func Published() (PublishedFigures, error) {
	return embedded(loadPublished, "published figures", CurrentPublished)
}

// Reconciliation is a metric's cumulative series as it follows from certified
// years, beside the published one. Years begin with the first published or
// certified one.
type Reconciliation struct {
	Metric   string           `json:"metric"`
	Unit     Unit             `json:"unit"`
	From     Cycle            `json:"from"`
	Years    []ReconciledYear `json:"years"`
	Licences []Licence        `json:"licences"`
}

// Basis of a reconciled year.
const (
	BasisCertified = "certified"
	BasisPublished = "published, not re-derivable"
	BasisNone      = "nothing is known"
)

// ReconciledYear is one cycle of a reconciliation, or several that were published together. Value
// is this software's: certified, otherwise the published one. Cumulative adds up Value,
// PublishedTotal is the sum since From as it was published, nil if none was. Difference is
// PublishedTotal less Cumulative, and Lines add up to it.
type ReconciledYear struct {
	Cycle          Cycle             `json:"cycle"`
	Since          Cycle             `json:"since,omitempty"` // the first of several published together
	Basis          string            `json:"basis"`
	Revision       int               `json:"revision,omitempty"`
	Value          int64             `json:"value"`
	Qualifier      Qualifier         `json:"qualifier,omitempty"`
	Published      *PublishedFigure  `json:"published,omitempty"`
	Cumulative     int64             `json:"cumulative"`
	PublishedTotal *PublishedFigure  `json:"published_total,omitempty"`
	Difference     int64             `json:"difference,omitempty"`
	Lines          []ReconcilingLine `json:"lines,omitempty"`
}

// Span returns the year's cycle, or the first and the last of several: "2013-14 to 2015-16".
func (y ReconciledYear) Span() string {
	if y.Since == "" {
		return string(y.Cycle)
	}
	return string(y.Since) + " to " + string(y.Cycle)
}

// Words returns Value in the unit as people say it, "" if nothing is known.
func (y ReconciledYear) Words(unit Unit) string {
	if y.Basis == BasisNone {
		return ""
	}
	return Figure{Value: y.Value, Unit: unit, Qualifier: y.Qualifier}.Words()
}

// Printed returns the published text and its source, "" if nothing was published.
// A year may have both a figure and a total; the source is the total's then.
func (y ReconciledYear) Printed() (text, source string) {
	if y.Published != nil {
		text, source = y.Published.Text, y.Published.Source
	}
	if y.PublishedTotal == nil {
		return text, source
	}
	if text != "" {
		text += "; "
	}
	return text + y.PublishedTotal.Text, y.PublishedTotal.Source
}

// ReconcilingLine explains a part of a difference.
type ReconcilingLine struct {
	Cycle Cycle  `json:"cycle,omitempty"`
	Value int64  `json:"value"`
	Text  string `json:"text"`
}
