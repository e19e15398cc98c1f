package survey

import "time"

// Unit is the unit of a figure.
type Unit string

const (
	UnitPence       Unit = "pence"
	UnitFTE         Unit = "fte_hundredths"
	UnitCount       Unit = "count"
	UnitBasisPoints Unit = "basis_points"
)

// FigureStatus tells five different absences apart from a figure. A figure
// that is not there is never 0.
type FigureStatus string

const (
	FigureReported     FigureStatus = "reported"
	FigureZero         FigureStatus = "zero"
	FigureWaiting      FigureStatus = "waiting" // for more answers
	FigureHidden       FigureStatus = "hidden"  // to protect a company
	FigureMissing      FigureStatus = "missing" // a region's part
	FigureNotCollected FigureStatus = "not_collected"
)

// Qualifier says how a figure is to be read.
type Qualifier string

const (
	QualifierExact     Qualifier = "exact"
	QualifierAtLeast   Qualifier = "at_least"
	QualifierUpTo      Qualifier = "up_to"
	QualifierEstimated Qualifier = "estimated"
)

// Bounds is the closed interval that contains an inexact figure. Upper is nil when nothing bounds
// it from above.
type Bounds struct {
	Lower int64  `json:"lower"`
	Upper *int64 `json:"upper,omitempty"`
}

// Figure is one number of the totals with all that is needed to read it.
// Value is in Unit. Contributors is the number of organisations in it.
type Figure struct {
	Metric       string       `json:"metric"`
	Value        int64        `json:"value"`
	Unit         Unit         `json:"unit"`
	Status       FigureStatus `json:"status"`
	Qualifier    Qualifier    `json:"qualifier"`
	Contributors int64        `json:"contributors"`
	AsOf         time.Time    `json:"as_of,omitzero"`
	Bounds       *Bounds      `json:"bounds,omitempty"`
	Reason       string       `json:"reason,omitempty"`
	ReasonCode   FigureReason `json:"reason_code,omitempty"`
}

// FigureReason is the code of the reason why a figure is missing or not whole: the first reason
// that Reason gives in words.
type FigureReason string

const (
	FigureNoAnswers   FigureReason = "no-answers"
	FigureHeldBack    FigureReason = "waiting"       // for more answers, or for the close
	FigureFew         FigureReason = "few"           // companies: fewer than the minimum
	FigureDominated   FigureReason = "dominated"     // one company is most of it
	FigureComplement  FigureReason = "complement"    // another hidden figure could be computed from it
	FigureNoRegion    FigureReason = "missing"       // of one region or more
	FigureUncollected FigureReason = "not-collected" // nobody was asked
	FigureTooLarge    FigureReason = "too-large"     // to be added up
	FigureFewPeople   FigureReason = "few-people"    // persons: 1 to 7
)

// PublicTable is one metric for the public, by region and one breakdown: Rows are the regions in
// the roster's order, with a figure for each of Keys; Nation has one for each of Keys too, Totals
// one for each region. Without a breakdown (By empty) the one key is PublicWhole. Figures that
// could give a hidden one away are hidden with it. Revision is the certified one, -1 if the figures
// are not certified yet. A Provisional table is of the nation alone, and rounded.
type PublicTable struct {
	Cycle    Cycle `json:"cycle"`
	Revision int   `json:"revision"`
	// Provisional says that the figures may still change.
	Provisional bool        `json:"provisional,omitempty"`
	Metric      string      `json:"metric"`
	By          Dimension   `json:"by"`
	Keys        []Option    `json:"keys"`
	Nation      []Figure    `json:"nation"`
	Rows        []TotalsRow `json:"rows"`
	Totals      []Figure    `json:"totals,omitempty"`
}

// PublicWhole is the key of the figures of a public table that are not broken
// down.
const PublicWhole = "all"

// TotalsMode is the source of the totals.
type TotalsMode string

const (
	ModeCached    TotalsMode = "cached"    // this node's own summaries; never fails
	ModeLive      TotalsMode = "live"      // asks every region for its newest summary first
	ModeCertified TotalsMode = "certified" // the final figures of a closed campaign
	ModeAsOf      TotalsMode = "as_of"     // as they were published at a time
)

// Dimension is the breakdown of the totals; empty for the nation alone.
type Dimension string

const (
	ByRegion  Dimension = "region"
	BySector  Dimension = "sector"
	BySize    Dimension = "size"
	ByStage   Dimension = "stage"
	BySupport Dimension = "support"
)

// Dimensions returns the declared breakdowns other than the region.
func Dimensions() []Dimension { return []Dimension{BySector, BySize, ByStage, BySupport} }

// TotalsQuery asks for the national totals of one cycle. MaxAge, if not 0,
// refreshes regions that were confirmed longer ago. Require, if not 0, is the
// number of regions that must be in the total. Revision asks for one revision
// of the certified figures, nil for the newest. AsOf, if not zero, asks for the
// figures as they were published at that time; it goes with no mode.
type TotalsQuery struct {
	Cycle    Cycle
	By       Dimension
	Mode     TotalsMode
	MaxAge   time.Duration
	Require  int
	Revision *int
	AsOf     time.Time
	All      bool // every metric of the definitions, not only the headline ones
}

// TotalsRow is one row of a breakdown: Key is the region, sector, size band,
// stage or support category.
type TotalsRow struct {
	Key     string   `json:"key"`
	Label   string   `json:"label"`
	Figures []Figure `json:"figures"`
}

// Coverage status of a region in the totals.
const (
	CoverageCurrent = "current" // confirmed within 30 s
	CoverageStale   = "stale"   // last figures kept, not confirmed lately
	CoverageMissing = "missing" // never heard from for this cycle
)

// RegionCoverage describes one region's part in the totals. AsOf is the time at which the region's
// figures last changed; ConfirmedAt the time, by this node's clock, at which the region last said
// that they are its newest.
type RegionCoverage struct {
	Region          Region    `json:"region"`
	Status          string    `json:"status"`
	Reason          string    `json:"reason,omitempty"`
	AsOf            time.Time `json:"as_of,omitzero"`
	ConfirmedAt     time.Time `json:"confirmed_at,omitzero"`
	AnswersReleased int64     `json:"answers_released"`
	AnswersIn       int64     `json:"answers_in"`
	Incarnation     uint64    `json:"incarnation"`
	Sequence        uint64    `json:"sequence"`
}

// Coverage says which regions are in the totals: Of is the number of regions
// in the roster, Included those whose figures are in, Current those confirmed
// lately. Complete means all are in and nothing is withheld.
type Coverage struct {
	Of       int              `json:"of"`
	Included int              `json:"included"`
	Current  int              `json:"current"`
	Complete bool             `json:"complete"`
	Regions  []RegionCoverage `json:"regions"`
}

// Totals are the national figures of one cycle as one node can give them.
// ResponseRate is responded / eligible in basis points, from the registry.
// AnswerID is the same at every node that has the same inputs.
type Totals struct {
	Cycle         Cycle       `json:"cycle"`
	Mode          TotalsMode  `json:"mode"`
	By            Dimension   `json:"by,omitempty"`
	Figures       []Figure    `json:"figures"`
	Rows          []TotalsRow `json:"rows,omitempty"`
	Coverage      Coverage    `json:"coverage"`
	Claimed       int         `json:"claimed"`
	Responded     int         `json:"responded"`
	Eligible      int         `json:"eligible"`
	ResponseRate  int64       `json:"response_rate"`
	RegistryIndex uint64      `json:"registry_index"`
	Questionnaire string      `json:"questionnaire"`
	Definitions   string      `json:"definitions"`
	Policy        string      `json:"policy"`
	AnswerID      string      `json:"answer_id"`
	// NonResponse breaks the missing responses down, from the registry.
	NonResponse NonResponse `json:"non_response"`
	// AsOf is the time that was asked for, zero for the figures of now.
	AsOf time.Time `json:"as_of,omitzero"`
	// Certified is the evidence behind certified figures, nil for all others.
	Certified *Certificate `json:"certified,omitempty"`
}

// NonResponse counts the eligible companies that did not answer, by their state in the registry,
// and the answers to each item. Unclaimed ones were never asked.
type NonResponse struct {
	Unclaimed   int       `json:"unclaimed"`
	Open        int       `json:"open"` // claimed or contacted, no answer yet
	Declined    int       `json:"declined"`
	Unreachable int       `json:"unreachable"`
	Items       []ItemGap `json:"items,omitempty"`
}

// ItemGap is one question's own non-response: Given of Answers gave a number.
type ItemGap struct {
	Metric  string     `json:"metric"`
	Item    QuestionID `json:"item"`
	Given   int64      `json:"given"`
	Answers int64      `json:"answers"`
}

// Cell is one cell of a region's closed cube: a metric, for all its answers
// (Dimension empty) or for those with one Key of one Dimension.
type Cell struct {
	Metric       string    `json:"metric" cbor:"1,keyasint"`
	Dimension    Dimension `json:"dimension,omitempty" cbor:"2,keyasint,omitempty"`
	Key          string    `json:"key,omitempty" cbor:"3,keyasint,omitempty"`
	Value        int64     `json:"value" cbor:"4,keyasint"`
	Contributors int64     `json:"contributors" cbor:"5,keyasint"`
	Flag         CellFlag  `json:"flag,omitempty" cbor:"6,keyasint,omitempty"`
}

// CellFlag says whether a released cell is whole or withheld in part.
type CellFlag uint8

const (
	CellOpen    CellFlag = 0
	CellWaiting CellFlag = 1 // some contributors are held back for now
	CellHidden  CellFlag = 2 // withheld to protect a company
)
