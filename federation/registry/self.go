package registry

import (
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Self signs commands about a region's own node that cannot wait for its
// registry to hear a leader: it has none yet, or nobody finds it. They go to
// every other node by PathForward; the leader records them.
type Self struct {
	Key        *identity.Key
	Federation identity.FederationID
	Region     survey.Region
}

// Reenter asks to enter under the generation, after the log was lost.
func (s Self) Reenter(generation uint64) []byte {
	return s.forward(fmt.Sprintf("reenter-%d", generation), state.Reenter(generation))
}

// SetAddress says where the node is reached from now on. id is that of the
// request.
func (s Self) SetAddress(id, address string) []byte {
	return s.forward(id, state.SetAddress(address))
}

func (s Self) forward(id string, c state.Command) []byte {
	body := c.By(state.Author{Federation: s.Federation, Region: s.Region, Request: survey.Request{ID: id},
		Time: time.Now().UnixMilli()})
	return state.Encode(forwardRequest{Rows: []state.Row{state.SignRow(s.Key, body)}})
}

// SelfOutcome reads the answer to a command of Self. recorded is false if the answering node could
// not record it: another one may.
func SelfOutcome(answer []byte) (outcome survey.Outcome, recorded bool, err error) {
	var response forwardResponse
	if err := state.Decode(answer, &response); err != nil {
		return outcome, false, fmt.Errorf("read the answer: %w", err)
	}

	if response.Fate != fateRecorded || len(response.Outcomes) != 1 {
		return outcome, false, nil
	}

	outcomes, err := state.DecodeOutcomes(response.Outcomes[0])
	if err != nil || len(outcomes) == 0 {
		return outcome, false, fmt.Errorf("read the outcome: %w", errors.Join(err, survey.ErrUnknownOutcome))
	}
	return outcomes[0], true, nil
}
