package totals

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// companiesSupported is counted by the registry, which sees every region: the regions' sum would
// count a company once for each region that helped it.
const companiesSupported = "companies_supported"

// input has all data from which the figures of one answer are made. The same input gives the same
// bytes at every node.
type input struct {
	campaign    survey.Campaign
	by          survey.Dimension
	all         bool // every metric, not only the headline ones
	definitions survey.Definitions
	dictionary  [32]byte
	counts      survey.CampaignCounts
	regions     []survey.Region // of the roster, in its order
	summaries   []*held         // for each region, nil if none
	certified   bool            // all of it comes from the registry
	table       [32]byte        // the certified table's hash
	asOf        time.Time       // if set, the registry's counts of that time are not known
	before      *input          // of the revision before, if a public table follows one
}

// sums are the stored metrics of one row, by their place in the definitions.
type sums []sum

// usable returns why a region's summary cannot be added to the others, or "".
func (in *input) usable(h *held) string {
	switch {
	case h == nil:
		return "no figures"
	case h.summary.Definitions != in.definitions.ID:
		return "its figures follow the definitions " + h.summary.Definitions + ", the campaign's are " +
			in.definitions.ID
	case h.summary.DictionaryHash != in.dictionary:
		return "its software reads the definitions " + in.definitions.ID + " differently"
	}
	return ""
}

// merge adds up the regions. It fills everything of the totals but Mode,
// RegistryIndex and Coverage: these are not functions of the input.
func merge(in *input) (survey.Totals, error) {
	id, err := in.answerID()
	if err != nil {
		return survey.Totals{}, err
	}

	m := newMerger(in)
	m.add()
	out := survey.Totals{
		Cycle: in.campaign.Cycle, By: in.by,
		Claimed: in.counts.Claimed, Responded: in.counts.Responded, Eligible: in.counts.Eligible,
		ResponseRate:  rate(in.counts.Responded, in.counts.Eligible),
		Questionnaire: in.campaign.Questionnaire, Definitions: in.campaign.Definitions, Policy: in.campaign.Policy,
		AnswerID: id,
	}

	national := scope{present: m.present > 0, final: in.final(), partial: without(m.missing),
		partialWork: without(m.silent), asOf: m.newest, supported: in.counts.Supported,
		countsSupported: in.asOf.IsZero(),
		released:        m.released, answers: m.answers}
	// Figures of the nation first, then the rows of the breakdown.
	out.Figures = m.figures(m.nation, national)
	out.NonResponse = m.nonResponse()

	switch in.by {
	case "":
	case survey.ByRegion:
		out.Rows = m.regionRows()
	default:
		out.Rows = m.keyRows(national)
	}
	return out, nil
}

// merger adds up the summaries of an input.
type merger struct {
	*input
	places  map[string]int // of the stored metrics
	nation  sums
	regions []sums          // with ByRegion, for each region
	keys    map[string]sums // with another dimension, for each key
	present int             // regions whose figures are in
	missing []survey.Region // without figures, and may have answers
	silent  []survey.Region // without figures: they may have records of their own work
	newest  time.Time       // the last change of the figures in it

	released, answers int64 // of the regions that are in
	unbroken          sum   // of the regions whose breakdowns have not left
}

func newMerger(in *input) *merger {
	m := &merger{input: in, places: make(map[string]int, len(in.definitions.Metrics)),
		nation: make(sums, len(in.definitions.Metrics)), keys: make(map[string]sums)}
	for i, metric := range in.definitions.Metrics {
		m.places[metric.ID] = i
	}
	return m
}

// add adds every cell once.
func (m *merger) add() {
	if m.by == survey.ByRegion {
		m.regions = make([]sums, len(m.input.regions))
	}

	for i, h := range m.summaries {
		if m.usable(h) != "" {
			if m.mayHold(m.input.regions[i]) {
				m.missing = append(m.missing, m.input.regions[i])
			}
			m.silent = append(m.silent, m.input.regions[i])
			continue
		}

		// This region's figures are in it.
		m.present++
		m.released += h.summary.AnswersReleased
		m.answers += h.summary.AnswersIn
		if at := h.summary.asOf(); at.After(m.newest) {
			m.newest = at
		}

		if m.regions != nil {
			m.regions[i] = make(sums, len(m.nation))
		}
		m.cells(i, h)

		// Its breakdowns wait for the close.
		if !h.breaksDown {
			m.unbroken.wait(h.summary)
		}
	}
}

// missingOf returns the regions whose part of the metric may be missing. A region without claims
// may still have records of its own work.
func (m *merger) missingOf(metric survey.Metric) []survey.Region {
	if metric.Question == "" {
		return m.silent
	}
	return m.missing
}

// without names the regions in words, "" if there are none.
func without(regions []survey.Region) string {
	if len(regions) == 0 {
		return ""
	}
	names := make([]string, len(regions))
	for i, region := range regions {
		names[i] = string(region)
	}
	return "without " + strings.Join(names, ", ")
}

// cells adds one region's cells.
func (m *merger) cells(i int, h *held) {
	metric, place, known := "", 0, false
	for _, c := range h.summary.Cells { // in order of metrics, so that each is looked up once
		if c.Metric != metric {
			metric = c.Metric
			place, known = m.places[metric]
		}

		switch {
		case !known:
		case c.Dimension == "":
			m.nation[place].add(c, h.summary)
			if m.regions != nil {
				m.regions[i][place].add(c, h.summary)
			}
		case c.Dimension == m.by:
			m.key(c.Key)[place].add(c, h.summary)
		}
	}
}

// mayHold reports whether a region without a summary may have figures. A region that holds no claim
// in the campaign has none.
func (m *merger) mayHold(region survey.Region) bool {
	return !m.asOf.IsZero() || m.counts.ByRegion[region].Claimed > 0
}

// key returns the sums of one key of the breakdown.
func (m *merger) key(key string) sums {
	s, ok := m.keys[key]
	if !ok {
		s = make(sums, len(m.nation))
		m.keys[key] = s
	}
	return s
}

// regionRows returns a row for each region, in their order.
func (m *merger) regionRows() []survey.TotalsRow {
	rows := make([]survey.TotalsRow, 0, len(m.input.regions))
	for i, region := range m.input.regions {
		where := scope{present: m.regions[i] != nil, final: m.input.final(),
			supported: m.counts.ByRegion[region].Supported, countsSupported: m.asOf.IsZero(), region: true}
		if where.present {
			where.asOf = m.summaries[i].summary.asOf()
			where.released, where.answers = m.summaries[i].summary.AnswersReleased, m.summaries[i].summary.AnswersIn
		}
		rows = append(rows, survey.TotalsRow{Key: string(region), Label: region.Name(),
			Figures: m.figures(m.regions[i], where)})
	}
	return rows
}

// keyRows returns the declared keys in their order. Keys that this software
// does not know are added to the unknown, so that the parts add up.
func (m *merger) keyRows(where scope) []survey.TotalsRow {
	declared := m.input.definitions.Keys(m.by)
	work := m.by == survey.ByProgramme || m.by == survey.ByGroup
	where.work = work

	// Unknown keys.
	unknown := make(sums, len(m.nation))
	some := false
	for key, s := range m.keys {
		known := slices.ContainsFunc(declared, func(o survey.Option) bool { return o.Code == key })
		if key != survey.KeyUnknown && known {
			continue
		}
		for i := range s {
			unknown[i].merge(s[i])
			some = some || s[i].contributors > 0 || s[i].withheld()
		}
	}

	where.countsSupported, where.breakdown = false, true

	// Declared keys, with the regions whose breakdowns wait.
	var rows []survey.TotalsRow
	for _, option := range declared {
		s := m.keys[option.Code]
		if option.Code == survey.KeyUnknown {
			if s = unknown; !some {
				continue
			}
		}
		row := make(sums, len(m.nation))
		copy(row, s)
		for i := range row {
			if !work {
				row[i].merge(m.unbroken)
			}
		}

		rows = append(rows, survey.TotalsRow{Key: option.Code, Label: option.Label, Figures: m.figures(row, where)})
	}
	return rows
}

// rate returns part / whole in basis points, rounded half up; 0 without a
// whole.
func rate(part, whole int) int64 {
	ratio := survey.Formula{Kind: survey.FormulaRatio, Of: []string{"part", "whole"}}
	value, ok := ratio.Value(func(of string) (int64, bool) {
		if of == "part" {
			return int64(part), true
		}
		return int64(whole), true
	})
	if !ok {
		return 0
	}
	return value
}

// answerID identifies the input. It leaves out reachability, times of confirmation and the
// registry's index: they do not change the figures.
func (in *input) answerID() (string, error) {
	var hashes [][]byte
	for _, h := range in.summaries {
		if h != nil {
			hashes = append(hashes, h.hash[:])
		}
	}
	slices.SortFunc(hashes, slices.Compare[[]byte])

	data, err := encode(struct {
		Cycle         survey.Cycle          `cbor:"1,keyasint"`
		By            survey.Dimension      `cbor:"2,keyasint"`
		Certified     bool                  `cbor:"3,keyasint"`
		Questionnaire string                `cbor:"4,keyasint"`
		Definitions   string                `cbor:"5,keyasint"`
		Dictionary    [32]byte              `cbor:"6,keyasint"`
		Policy        string                `cbor:"7,keyasint"`
		Regions       []survey.Region       `cbor:"8,keyasint"`
		Counts        survey.CampaignCounts `cbor:"9,keyasint"`
		Summaries     [][]byte              `cbor:"10,keyasint"`
		Table         [32]byte              `cbor:"11,keyasint"`
		Then          bool                  `cbor:"12,keyasint"`
		All           bool                  `cbor:"13,keyasint"`
	}{
		in.campaign.Cycle, in.by, in.certified, in.campaign.Questionnaire, in.definitions.ID, in.dictionary,
		in.campaign.Policy, in.regions, in.counts, hashes, in.table, !in.asOf.IsZero(), in.all,
	})

	if err != nil {
		return "", fmt.Errorf("identify the answer: %w", err)
	}
	id := sha256.Sum256(data)
	return hex.EncodeToString(id[:]), nil
}
