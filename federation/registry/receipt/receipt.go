package receipt

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Receipts as they are written.
const (
	receiptFormat   = "tracker-receipt/1"
	maxReceiptBytes = 4 << 20
)

// ErrReceipt is wrapped by the error for every receipt that proves nothing; its text says why.
var ErrReceipt = errors.New("this receipt proves nothing")

// Receipt proves one decision, about a claim or as a step of the nation, to anybody, without a
// node: the region asked for it (Row, signed with Key), the registry decided it (Outcomes), and
// both stand at place Leaf of the tree whose Checkpoint the witness's node signed. Number names the
// decision among those of the row; Command, Outcome, Claim and Step put the bytes into plain words.
type Receipt struct {
	Format     string                `json:"receipt"`
	Federation identity.FederationID `json:"federation_id"`
	Number     uint64                `json:"number"`
	Region     survey.Region         `json:"asked_by"`
	Command    string                `json:"command"`
	Outcome    survey.OutcomeStatus  `json:"outcome"`
	Claim      *survey.Claim         `json:"claim,omitempty"`
	Step       *state.Step           `json:"step,omitempty"` // of every command that is not a claim's own
	Row        []byte                `json:"row"`
	Signature  []byte                `json:"signature"`
	Key        ed25519.PublicKey     `json:"key"`
	Outcomes   []byte                `json:"outcomes"`
	Leaf       int64                 `json:"leaf"`
	Proof      [][]byte              `json:"proof"`
	Checkpoint string                `json:"checkpoint"`
	Witness    survey.Region         `json:"witness"`
	WitnessKey ed25519.PublicKey     `json:"witness_key"`
}

// NewReceipt returns the receipt of the decision with the number from a leaf of the federation's
// tree. It proves nothing before it has a key and a witness. The error wraps ErrReceipt if the leaf
// holds no such decision.
func NewReceipt(federation identity.FederationID, number uint64, leaf []byte) (*Receipt, error) {
	signed, outcomes, err := state.DecodeLeaf(leaf)
	if err != nil {
		return nil, err
	}
	r := &Receipt{Format: receiptFormat, Federation: federation, Number: number, Row: signed.Body,
		Signature: signed.Signature, Outcomes: outcomes}
	return r, r.explain()
}

// SignedRow is the row that the region asked with.
func (r *Receipt) SignedRow() state.Row { return state.Row{Body: r.Row, Signature: r.Signature} }

// Witnessed lets the region's node sign that the leaf stands at this place of the
// tree with the size and the root.
func (r *Receipt) Witnessed(key *identity.Key, region survey.Region, place int64, proof tlog.RecordProof,
	size int64, root tlog.Hash) (err error) {
	r.Leaf, r.Witness, r.WitnessKey = place, region, key.Public()
	for _, h := range proof {
		r.Proof = append(r.Proof, h[:])
	}
	r.Checkpoint, err = signCheckpoint(key, region, r.Federation, size, root)
	return err
}

// Check returns an error wrapping ErrReceipt if the receipt proves nothing.
func (r *Receipt) Check() error { return r.verify(nil) }

// explain fills in the words from the bytes.
func (r *Receipt) explain() error {
	body, upgrade, err := state.DecodeBody(r.Row)
	if err != nil || upgrade {
		return fmt.Errorf("%w: its row cannot be read by this version", ErrReceipt)
	}
	if !bytes.Equal(body.Federation, r.Federation[:]) {
		return fmt.Errorf("%w: its row belongs to another federation", ErrReceipt)
	}

	outcomes, err := state.DecodeOutcomes(r.Outcomes)
	if err != nil {
		return fmt.Errorf("%w: its outcomes cannot be read", ErrReceipt)
	}

	// One row may have decided many items of a list.
	at := slices.IndexFunc(outcomes, func(o survey.Outcome) bool { return o.Number == r.Number && r.Number > 0 })
	if at < 0 {
		return fmt.Errorf("%w: its row decided nothing under number %d", ErrReceipt, r.Number)
	}

	r.Region, r.Outcome, r.Claim = body.Origin, outcomes[at].Status, outcomes[at].Claim
	if r.Command, r.Step, err = state.WordsOf(&body, &outcomes[at]); err != nil {
		return fmt.Errorf("%w: number %d: %w", ErrReceipt, r.Number, err)
	}
	return nil
}

// Encode returns the receipt as a file has it.
func (r *Receipt) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write receipt: %w", err)
	}
	return append(text, '\n'), nil
}

// Verify checks a receipt, byte for byte as in its file, and returns it. It needs no node:
// everything but the keys follows from the bytes. keyed, if given, returns a region's keys; without
// it, the reader must compare the two keys' node ids with the federation's list before trusting the
// receipt. Every error wraps ErrReceipt and names the fault.
func Verify(text []byte, keyed func(survey.Region) []ed25519.PublicKey) (*Receipt, error) {
	if len(text) > maxReceiptBytes {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrReceipt, maxReceiptBytes)
	}

	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var r Receipt
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("%w: it cannot be read as a receipt: %w", ErrReceipt, err)
	}
	if r.Format != receiptFormat {
		return nil, fmt.Errorf("%w: it is not of the form %s", ErrReceipt, receiptFormat)
	}

	// The words are made again from the bytes: they cannot say anything else.
	plain := r
	if err := plain.explain(); err != nil {
		return nil, err
	}
	again, err := plain.Encode()
	if err != nil || !bytes.Equal(again, text) {
		return nil, fmt.Errorf("%w: its words are not those of its row and outcome, or it was written anew", ErrReceipt)
	}

	if err := plain.verify(keyed); err != nil {
		return nil, err
	}
	return &plain, nil
}

// verify checks signatures, place and keys.
func (r *Receipt) verify(keyed func(survey.Region) []ed25519.PublicKey) error {
	if !state.VerifyRow(r.Key, r.SignedRow()) {
		return fmt.Errorf("%w: its row is not signed with the key of %s", ErrReceipt, r.Region)
	}

	at, err := openCheckpoint(r.Checkpoint, r.Federation, r.Witness, r.WitnessKey)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if r.Leaf < 0 || r.Leaf >= at.size {
		return fmt.Errorf("%w: its place %d is not in a tree of %d", ErrReceipt, r.Leaf, at.size)
	}

	proof := make(tlog.RecordProof, len(r.Proof))
	for i, h := range r.Proof {
		if len(h) != tlog.HashSize {
			return fmt.Errorf("%w: its proof has a hash of %d bytes", ErrReceipt, len(h))
		}
		proof[i] = tlog.Hash(h)
	}

	hash := tlog.RecordHash(state.EncodeLeaf(r.SignedRow(), r.Outcomes))
	if err := tlog.CheckRecord(proof, at.size, at.root, r.Leaf, hash); err != nil {
		return fmt.Errorf("%w: row and outcome do not stand at place %d of the tree that %s signed", ErrReceipt,
			r.Leaf, r.Witness)
	}

	// Without the regions' keys the reader compares them.
	if keyed == nil {
		return nil
	}
	for _, c := range []struct {
		region survey.Region
		key    ed25519.PublicKey
	}{{r.Region, r.Key}, {r.Witness, r.WitnessKey}} {
		if !slices.ContainsFunc(keyed(c.region), func(known ed25519.PublicKey) bool { return known.Equal(c.key) }) {
			return fmt.Errorf("%w: %s is not a key of %s", ErrReceipt, identity.NodeID(c.key), c.region)
		}
	}
	return nil
}
