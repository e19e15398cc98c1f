package totals

import (
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Own has one region's figures for its own staff: live, and as they last left the region. Late says
// that the campaign's final figures have left and live holds more since: that is for the next
// revision.
type Own struct {
	Live            survey.Totals `json:"live"`
	Released        survey.Totals `json:"released"`
	AnswersIn       int64         `json:"answers_in"`
	AnswersReleased int64         `json:"answers_released"`
	Final           bool          `json:"final"`
	Late            bool          `json:"late"`
}

// Own returns this region's own figures for the cycle, by a breakdown other than the region or
// none, in the order of National. They are for the region's own staff only: live figures never
// leave the node. The registry's counts in both are the region's; there is no answer id for
// unpublished figures. It returns an error wrapping survey.ErrNotFound for a cycle without a
// campaign and survey.ErrInvalid for an unknown breakdown. It waits for no other node.
func (q *query) Own(cycle survey.Cycle, by survey.Dimension) (Own, error) {
	if by != "" && !slices.Contains(survey.Dimensions(), by) {
		return Own{}, fmt.Errorf("own figures by %.20q: %w: use sector, size, stage or support", by, survey.ErrInvalid)
	}
	in, err := q.input(queryKey{cycle: cycle, by: by}, []survey.Region{q.self})
	if err != nil {
		return Own{}, fmt.Errorf("own figures of %s: %w", cycle, err)
	}

	// The registry's counts of this region alone.
	counts := in.counts.ByRegion[q.self]
	in.counts.Supported, in.counts.Claimed = counts.Supported, counts.Claimed
	in.counts.Responded, in.counts.Declined = counts.Responded, counts.Declined
	in.counts.Eligible = counts.Supported

	cells, answers, err := q.records.Cells(cycle)
	if err != nil {
		return Own{}, fmt.Errorf("own figures of %s: %w", cycle, err)
	}

	// Released.
	out := Own{AnswersIn: answers}
	if out.Released, err = merge(in); err != nil {
		return Own{}, err
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
		return Own{}, err
	}

	for _, totals := range []*survey.Totals{&out.Live, &out.Released} {
		totals.Mode, totals.RegistryIndex, totals.AnswerID = survey.ModeLive, q.registry.Index(), ""
	}
	return out, nil
}
