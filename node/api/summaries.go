package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Summaries returns the newest signed summary of a region that this node
// holds, its own or a peer's, or an error wrapping survey.ErrNotFound.
type Summaries interface {
	Summary(survey.Region, survey.Cycle) (Summary, error)
}

// Summary is one region's released cells in readable form. Signed holds the
// bytes that the region's node signed, its signature included: only they are
// evidence, the other fields repeat their contents. Hash is the hash of Signed,
// and Previous that of the version before.
type Summary struct {
	Region        survey.Region `json:"region"`
	Cycle         survey.Cycle  `json:"cycle"`
	Incarnation   uint64        `json:"incarnation"`
	Sequence      uint64        `json:"sequence"`
	RegistryIndex uint64        `json:"registry_index"`
	AsOf          time.Time     `json:"as_of"`
	Definitions   string        `json:"definitions"`
	Policy        string        `json:"policy"`
	Released      int64         `json:"answers_released"`
	AnswersIn     int64         `json:"answers_in"`
	Final         bool          `json:"final"`
	Hash          string        `json:"hash"`
	Previous      string        `json:"previous,omitempty"`
	Cells         []survey.Cell `json:"cells" nullable:"false"`
	Signed        []byte        `json:"signed"`
}

type (
	oneSummary struct {
		Region string `path:"region" maxLength:"16"`
		CyclePath
		Format string `query:"format" enum:"json,cbor" default:"json" doc:"cbor gives the signed bytes alone"`
	}
	summaryRead struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
)

// summaryHandlers answer the summaries that this node holds.
type summaryHandlers struct{ summaries Summaries }

func (h summaryHandlers) get(_ context.Context, in *oneSummary) (*summaryRead, error) {
	region, err := parseRegion("path.region", in.Region)
	if err != nil {
		return nil, err
	}

	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	summary, err := h.summaries.Summary(region, cycle)
	if err != nil {
		return nil, err
	}

	if in.Format == "cbor" {
		return &summaryRead{ContentType: "application/cbor", Body: summary.Signed}, nil
	}

	if summary.Cells == nil {
		summary.Cells = []survey.Cell{}
	}

	// One handler answers two formats, so its body is bytes and the JSON is made here.
	text, err := json.Marshal(summary)
	if err != nil {
		return nil, err
	}
	return &summaryRead{ContentType: jsonContent, Body: append(text, '\n')}, nil
}
