package federation

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// VerifyPublished checks a published table without a node. Every error wraps
// totals.ErrPublished. Whose keys are to be believed is left to the reader: see
// Anchor of the result.
func VerifyPublished(file []byte) (totals.Published, error) {
	return totals.VerifyPublished(file, coSigned)
}

// coSignedStep has the words of a co-signature's receipt. They are made from its signed bytes.
type coSignedStep struct {
	Federation identity.FederationID `json:"federation_id"`
	Number     uint64                `json:"number"`
	Region     survey.Region         `json:"asked_by"`
	Command    string                `json:"command"`
	Outcome    survey.OutcomeStatus  `json:"outcome"`
	Step       struct {
		Cycle    survey.Cycle `json:"cycle"`
		Revision *int         `json:"revision"`
		Table    string       `json:"table"`
	} `json:"step"`
}

// coSigned verifies a receipt and that it proves this co-signature.
func coSigned(
	proof json.RawMessage, federation identity.FederationID, cycle survey.Cycle, revision int, of survey.CoSignature,
) (ed25519.PublicKey, error) {
	var text bytes.Buffer
	if err := json.Indent(&text, proof, "", "  "); err != nil {
		return nil, fmt.Errorf("read the receipt: %w", err)
	}
	text.WriteByte('\n')

	// The receipt's file is indented: verified are its bytes as they were given.
	verified, err := receipt.Verify(text.Bytes(), nil)
	if err != nil {
		return nil, err
	}

	var says coSignedStep
	if err := json.Unmarshal(text.Bytes(), &says); err != nil {
		return nil, fmt.Errorf("read the receipt: %w", err)
	}

	step := says.Step
	same := says.Federation == federation && says.Number == of.Number && says.Region == of.Region &&
		says.Command == "co-sign" && says.Outcome != survey.OutcomeRefused &&
		step.Cycle == cycle && step.Revision != nil && *step.Revision == revision &&
		step.Table == hex.EncodeToString(of.Table[:])
	if !same {
		return nil, fmt.Errorf("%w: it is not about the co-signature of %s on this table", receipt.ErrReceipt,
			of.Region)
	}
	return verified.Key, nil
}
