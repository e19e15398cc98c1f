package node

import (
	"encoding/hex"
	"time"

	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// summaries shows the API the signed summaries that this node holds.
type summaries struct{ totals *totals.Totals }

// Summary returns a region's newest summary for the cycle.
func (s summaries) Summary(region survey.Region, cycle survey.Cycle) (api.Summary, error) {
	held, signed, err := s.totals.Held(region, cycle)
	if err != nil {
		return api.Summary{}, err
	}
	encoded, err := signed.Encode()
	if err != nil {
		return api.Summary{}, err
	}

	// The bytes are shown as they were signed, so that a reader can verify them.
	hash := signed.Hash()
	shown := api.Summary{
		Region: held.Region, Cycle: held.Cycle, Incarnation: held.Incarnation, Sequence: held.Sequence,
		RegistryIndex: held.RegistryIndex, AsOf: time.UnixMilli(held.AsOf).UTC(), Definitions: held.Definitions,
		Policy: held.Policy, Released: held.AnswersReleased, AnswersIn: held.AnswersIn,
		Final: held.Status == totals.SummaryFinal, Cells: held.Cells, Signed: encoded, Hash: hex.EncodeToString(hash[:]),
	}
	if held.Previous != [32]byte{} {
		shown.Previous = hex.EncodeToString(held.Previous[:])
	}
	return shown, nil
}
