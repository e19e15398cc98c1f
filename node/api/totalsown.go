package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// OwnTotals shows this region's figures to its own staff: they never leave the
// node.
type OwnTotals interface {
	Own(cycle survey.Cycle, by survey.Dimension) (OwnFigures, error)
}

// OwnFigures are this region's figures, live and as they last left it. Late says
// that its final figures have left and live holds more since: that is for the
// next revision.
type OwnFigures struct {
	Live            survey.Totals `json:"live"`
	Released        survey.Totals `json:"released"`
	AnswersIn       int64         `json:"answers_in"`
	AnswersReleased int64         `json:"answers_released"`
	Final           bool          `json:"final"`
	Late            bool          `json:"late"`
}

type (
	getOwnTotals struct {
		Cycle string `query:"cycle" required:"true" maxLength:"16" example:"2022-23"`
		By    string `query:"by" enum:"sector,size,stage,support" doc:"Breakdown; none for the region as a whole"`
	}
	ownTotalsRead struct{ Body OwnFigures }
)

func (s *server) getOwnTotals(_ context.Context, in *getOwnTotals) (*ownTotalsRead, error) {
	cycle, err := parseCycle("query.cycle", in.Cycle)
	if err != nil {
		return nil, err
	}
	own, err := s.totals.Own(cycle, survey.Dimension(in.By))
	if err != nil {
		return nil, err
	}
	own.Live, own.Released = wholeTotals(own.Live), wholeTotals(own.Released)
	return &ownTotalsRead{Body: own}, nil
}
