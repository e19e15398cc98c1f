package totals

import (
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Own returns this region's own figures for the cycle, by a breakdown other than the region or
// none, in the order of National. They are for the region's own staff only: live figures never
// leave the node. The registry's counts in both are the region's; there is no answer id for
// unpublished figures. It returns an error wrapping survey.ErrNotFound for a cycle without a
// campaign and survey.ErrInvalid for an unknown breakdown. It waits for no other node.
func (q *query) Own(cycle survey.Cycle, by survey.Dimension) (survey.OwnFigures, error) {
	if by != "" && !slices.Contains(survey.Dimensions(), by) {
		return survey.OwnFigures{}, fmt.Errorf("own figures by %.20q: %w: use sector, size, stage or support", by, survey.ErrInvalid)
	}
	in, err := q.input(queryKey{cycle: cycle, by: by}, []survey.Region{q.self})
	if err != nil {
		return survey.OwnFigures{}, fmt.Errorf("own figures of %s: %w", cycle, err)
	}

	// The registry's counts of this region alone.
	counts := in.counts.ByRegion[q.self]
	in.counts.Supported, in.counts.Claimed = counts.Supported, counts.Claimed
	in.counts.Responded, in.counts.Declined = counts.Responded, counts.Declined
	in.counts.Eligible = counts.Supported

	cells, answers, err := q.records.Cells(cycle)
	if err != nil {
		return survey.OwnFigures{}, fmt.Errorf("own figures of %s: %w", cycle, err)
	}

	// Released.
	out := survey.OwnFigures{AnswersIn: answers}
	if out.Released, err = merge(in); err != nil {
		return survey.OwnFigures{}, err
	}
	left := in.summaries[0]
	if left != nil {
		out.AnswersReleased = left.summary.AnswersReleased
		out.Final = left.summary.Status == SummaryFinal
		out.Late = out.Final && left.summary.AnswersIn != answers
	}

	// Live: a summary that is never signed.
	live := Summary{Region: q.self, Cycle: cycle, Definitions: in.definitions.ID, DictionaryHash: in.dictionary,
		AsOf: time.Now().UnixMilli(), AnswersIn: answers, AnswersReleased: answers, Status: SummaryFinal,
		Cells: slices.Clone(cells)}
	slices.SortFunc(live.Cells, compareCells)
	in.summaries = []*held{hold(live, Signed{})}
	if out.Live, err = merge(in); err != nil {
		return survey.OwnFigures{}, err
	}

	for _, totals := range []*survey.Totals{&out.Live, &out.Released} {
		totals.Mode, totals.RegistryIndex, totals.AnswerID = survey.ModeLive, q.registry.Index(), ""
	}
	return out, nil
}
