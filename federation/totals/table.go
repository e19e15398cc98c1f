package totals

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

const tableFormat = 1

// Table is the national table of one revision, which the regions co-sign. It follows from the
// registry alone, so that it is the same, bit for bit, at every node. Times are milliseconds since
// 1970.
type Table struct {
	Format         uint8                 `cbor:"1,keyasint"`
	Federation     [16]byte              `cbor:"2,keyasint"`
	Cycle          survey.Cycle          `cbor:"3,keyasint"`
	Revision       int                   `cbor:"4,keyasint"`
	Reason         survey.ReasonCode     `cbor:"5,keyasint"`
	Previous       [32]byte              `cbor:"6,keyasint"` // the table of the revision before
	Questionnaire  string                `cbor:"7,keyasint"`
	Definitions    string                `cbor:"8,keyasint"`
	DictionaryHash [32]byte              `cbor:"9,keyasint"` // of all that the definitions say
	Policy         string                `cbor:"10,keyasint"`
	PolicyHash     [32]byte              `cbor:"11,keyasint"`
	Number         uint64                `cbor:"12,keyasint"` // the registry's, when the revision was opened
	OpenedAt       int64                 `cbor:"13,keyasint"`
	Counts         survey.CampaignCounts `cbor:"14,keyasint"`
	Parts          []TablePart           `cbor:"15,keyasint"` // by region, as the revision has them
	Cells          []TableCell           `cbor:"16,keyasint"` // by dimension, key and the definitions' order
	Answers        int64                 `cbor:"17,keyasint"` // that the regions say they counted
	Difference     int64                 `cbor:"18,keyasint"` // the registry's responded claims less the answers
}

// TablePart is the settled summary of one region. Key signed it; Responded is the registry's count
// of the region's claims. Answers less Released were too few to leave.
type TablePart struct {
	Region     survey.Region     `cbor:"1,keyasint"`
	How        survey.SettledHow `cbor:"2,keyasint"`
	Hash       [32]byte          `cbor:"3,keyasint"`
	Key        []byte            `cbor:"4,keyasint"`
	Reason     survey.ReasonCode `cbor:"5,keyasint"`
	By         survey.Region     `cbor:"6,keyasint"`
	EndorsedBy survey.Region     `cbor:"7,keyasint"`
	Number     uint64            `cbor:"8,keyasint"`
	At         int64             `cbor:"9,keyasint"`
	Answers    int64             `cbor:"10,keyasint"`
	Released   int64             `cbor:"11,keyasint"`
	Responded  int64             `cbor:"12,keyasint"`
}

// TableCell is one stored metric over the nation, whole or one key of one breakdown. The whole is
// at least Lower; at most Upper, -1 if it has no upper bound. Exact says that Value is the whole.
// HiddenBy are the regions that withhold a part, Missing those without figures that may have some.
type TableCell struct {
	Metric       string           `cbor:"1,keyasint"`
	Dimension    survey.Dimension `cbor:"2,keyasint"`
	Key          string           `cbor:"3,keyasint"`
	Value        int64            `cbor:"4,keyasint"`
	Contributors int64            `cbor:"5,keyasint"`
	Lower        int64            `cbor:"6,keyasint"`
	Upper        int64            `cbor:"7,keyasint"`
	Exact        bool             `cbor:"8,keyasint"`
	HiddenBy     []survey.Region  `cbor:"9,keyasint"`
	Missing      []survey.Region  `cbor:"10,keyasint"`
}

// Table returns the national table of one revision as it follows from the registry, with its
// canonical bytes and their SHA-256, which the regions co-sign. It waits for no other node. It
// returns an error wrapping survey.ErrNotFound for a revision that was not opened, and survey.RefusedNoTable,
// naming the region, while one is not settled or if its summary does not verify.
func (t *tables) Table(cycle survey.Cycle, revision int) (table Table, canonical []byte, hash [32]byte, err error) {
	d, err := t.derive(cycle, revision)
	if err != nil {
		return Table{}, nil, hash, fmt.Errorf("national table: %w", err)
	}
	return d.table, slices.Clone(d.bytes), d.hash, nil
}

// tabulate adds up the regions in every breakdown.
func (d *derivation) tabulate() (Table, error) {
	f, r := d.facts, d.facts.revision
	content, err := contentHash(f.definitions)
	if err != nil {
		return Table{}, err
	}

	table := Table{
		Format: tableFormat, Federation: f.federation, Cycle: r.Cycle, Revision: r.Revision, Reason: r.Reason,
		Previous: r.Previous, Questionnaire: f.campaign.Questionnaire, Definitions: f.definitions.ID,
		DictionaryHash: content, Policy: f.campaign.Policy, PolicyHash: f.policy.Hash(), Number: r.Number, OpenedAt: r.OpenedAt.UnixMilli(),
		Counts: r.Counts, Parts: []TablePart{}, Cells: []TableCell{},
	}

	// The parts are in the revision's order.
	for i, region := range r.Regions {
		part := d.part(i, region)
		table.Answers += part.Answers
		table.Parts = append(table.Parts, part)
	}
	table.Difference = int64(r.Counts.Responded) - table.Answers

	for _, dimension := range append([]survey.Dimension{""}, d.dimensions()...) {
		table.Cells = append(table.Cells, d.cells(dimension)...)
	}
	return table, nil
}

func (d *derivation) part(i int, region survey.Region) TablePart {
	settled, _ := d.facts.settled(region)
	part := TablePart{Region: region, How: settled.How, Hash: settled.Hash, Key: []byte{},
		Reason: settled.Reason, By: settled.By, EndorsedBy: settled.EndorsedBy, Number: settled.Number,
		At:        settled.At.UnixMilli(),
		Responded: int64(d.facts.revision.Counts.ByRegion[region].Responded)}
	if h := d.input.summaries[i]; h != nil {
		part.Key = signer(d.members[i], h.signed)
		part.Answers, part.Released = h.summary.AnswersIn, h.summary.AnswersReleased
	}
	return part
}

// dimensions returns the breakdowns of any summary's cells, in order.
func (d *derivation) dimensions() []survey.Dimension {
	seen := map[survey.Dimension]bool{}
	var out []survey.Dimension
	for _, h := range d.input.summaries {
		if h == nil {
			continue
		}
		for _, c := range h.summary.Cells {
			if c.Dimension != "" && !seen[c.Dimension] {
				seen[c.Dimension] = true
				out = append(out, c.Dimension)
			}
		}
	}
	slices.Sort(out)
	return out
}

// cells returns the table's cells of one breakdown, or of the whole. The keys are
// those of the summaries: the table does not follow the software's lists.
func (d *derivation) cells(dimension survey.Dimension) []TableCell {
	in := *d.input
	in.by = dimension
	m := newMerger(&in)
	m.add()

	keys := map[string]sums{"": m.nation}
	if dimension != "" {
		keys = m.keys
	}
	// Breakdowns that wait may add to any key.
	if slices.Contains(survey.Dimensions(), dimension) {
		for _, s := range keys {
			for i := range s {
				s[i].merge(m.unbroken)
			}
		}
	}

	var out []TableCell
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		for i, metric := range in.definitions.Metrics {
			s := keys[key][i]
			missing := m.missingOf(metric)
			// Cells without any knowledge are left out.
			if s.contributors == 0 && !s.withheld() && len(missing) == 0 {
				continue
			}
			cell := s.tableCell(metric, missing)
			cell.Dimension, cell.Key = dimension, key
			out = append(out, cell)
		}
	}
	return out
}

// tableCell returns the sum as a cell of the table. missing are the regions whose
// part may be missing.
func (s *sum) tableCell(metric survey.Metric, missing []survey.Region) TableCell {
	bounds := s.bounds(maxPerAnswer(metric), len(missing) > 0)
	cell := TableCell{Metric: metric.ID, Value: s.value, Contributors: s.contributors, Lower: bounds.Lower, Upper: -1,
		Exact:    !s.withheld() && !s.overflow && len(missing) == 0,
		HiddenBy: append([]survey.Region{}, distinct(s.hiddenBy)...), Missing: append([]survey.Region{}, missing...)}
	switch {
	case cell.Exact:
		cell.Upper = cell.Value
	case bounds.Upper != nil:
		cell.Upper = *bounds.Upper
	}
	return cell
}
