package registry

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/ledger"
	"github.com/ahsn-network/tracker/store/survey"
)

// Receipts as they are written.
const (
	receiptFormat   = "tracker-receipt/1"
	maxReceiptBytes = 4 << 20
)

// ErrReceipt is what every receipt that proves nothing is refused with; its
// text says why.
var ErrReceipt = errors.New("this receipt proves nothing")

// Receipt proves one decision, about a claim or as a step of the nation, to
// anybody, without a node: the region asked for it (Row, signed with Key), the registry decided it
// (Outcomes), and both stand at place Leaf of the tree whose Checkpoint the
// witness's node signed. Number names the decision among those of the row;
// Command, Outcome, Claim and Step say in plain words what the bytes mean.
type Receipt struct {
	Format     string                `json:"receipt"`
	Federation identity.FederationID `json:"federation_id"`
	Number     uint64                `json:"number"`
	Region     survey.Region         `json:"asked_by"`
	Command    string                `json:"command"`
	Outcome    survey.OutcomeStatus  `json:"outcome"`
	Claim      *survey.Claim         `json:"claim,omitempty"`
	Step       *Step                 `json:"step,omitempty"` // of every command that is not a claim's own
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

// Receipt returns the proof, in JSON, of the registry's decision with the
// number, which must be about the organisation's claim in the cycle; number 0
// means the one that the claim's token names, its last change. It blocks until
// the decision is in this node's ledger, for one fsync at most. It returns an
// error wrapping survey.ErrNotFound if there is no such decision or this node
// does not have it because it joined later: another node has.
func (r *Registry) Receipt(ctx context.Context, cycle survey.Cycle, id survey.Identifier, number uint64) ([]byte, error) {
	if parsed, err := survey.ParseIdentifier(string(id)); err == nil {
		id = parsed
	}
	v := r.machine.view()
	o, tree := v.organisation(id), v.tree()
	if o == nil || tree == nil {
		return nil, fmt.Errorf("receipt of %s: %w", id, survey.ErrNotFound)
	}
	if number == 0 {
		c := v.claim(cycle, o.ID)
		if c == nil {
			return nil, fmt.Errorf("receipt of %s in %s: never claimed: %w", o.ID, cycle, survey.ErrNotFound)
		}
		number = c.Claim.Token
	}
	receipt, err := r.receiptOf(ctx, v, number)
	if err != nil {
		return nil, err
	}
	if receipt.Claim == nil {
		return nil, fmt.Errorf("receipt of number %d: it is not about a claim: %w", number, survey.ErrNotFound)
	}
	about := v.organisation(receipt.Claim.Organisation)
	if receipt.Claim.Cycle != cycle || about == nil || about.ID != o.ID {
		return nil, fmt.Errorf("receipt of number %d: it is not about %s in %s: %w", number, o.ID, cycle, survey.ErrNotFound)
	}
	return receipt.encode()
}

// ReceiptOf returns the proof, in JSON, of the decision with the number: of a
// claim, a merge or its undoing, a campaign's step, a sign-off, an endorsement or
// a co-signature. It blocks and fails as Receipt.
func (r *Registry) ReceiptOf(ctx context.Context, number uint64) ([]byte, error) {
	v := r.machine.view()
	if number == 0 || v.tree() == nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, survey.ErrNotFound)
	}
	receipt, err := r.receiptOf(ctx, v, number)
	if err != nil {
		return nil, err
	}
	return receipt.encode()
}

// receiptOf waits until the decision is in the ledger and proves it.
func (r *Registry) receiptOf(ctx context.Context, v view, number uint64) (*Receipt, error) {
	if number > v.federation().Number {
		return nil, fmt.Errorf("receipt of number %d: %w", number, survey.ErrNotFound)
	}
	if err := r.keeper.sync(ctx); err != nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, err)
	}
	tree := v.tree()
	receipt, err := r.receipt(v, number, int64(tree.Size), tree.root())
	if errors.Is(err, ledger.ErrNotKept) {
		return nil, fmt.Errorf("receipt of number %d: decided before this node joined: ask another region's node: %w", number, survey.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, err)
	}
	return receipt, nil
}

// receipt builds and checks the proof in the tree of this size: what this node
// hands out is right, or its ledger is damaged.
func (r *Registry) receipt(v view, number uint64, size int64, root tlog.Hash) (*Receipt, error) {
	index, kept, err := r.keeper.ledger.Find(number)
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveRecord(size, int64(index), tlog.HashReaderFunc(r.keeper.readLedger))
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	var l leaf
	if err := decode(kept.Data, &l); err != nil {
		return nil, fmt.Errorf("leaf %d: %w", index, err)
	}
	out := &Receipt{Format: receiptFormat, Federation: r.options.Federation, Number: number, Row: l.Body, Signature: l.Signature, Outcomes: l.Outcomes,
		Leaf: int64(index), Witness: r.options.Region, WitnessKey: r.options.Key.Public()}
	for _, h := range proof {
		out.Proof = append(out.Proof, h[:])
	}
	if out.Checkpoint, err = signCheckpoint(r.options.Key, r.options.Region, r.options.Federation, size, root); err != nil {
		return nil, err
	}
	if err := out.explain(); err != nil {
		return nil, fmt.Errorf("number %d: %w: %w", number, survey.ErrNotFound, err)
	}
	out.Key = signerOf(v, out.Region, row{l.Body, l.Signature})
	if err := out.verify(nil); err != nil {
		r.logger.Error("this node's ledger of the registry's rows is damaged: it cannot prove what it holds", "leaf", index, "error", err)
		return nil, err
	}
	return out, nil
}

// signerOf finds the region's key, or former key, that signed the row.
func signerOf(v view, region survey.Region, r row) ed25519.PublicKey {
	m := v.member(region)
	if m == nil {
		return nil
	}
	for _, key := range append([]ed25519.PublicKey{m.Key}, m.PreviousKeys...) {
		if verifyRow(key, r) {
			return key
		}
	}
	return nil
}

// explain fills in the words from the bytes.
func (r *Receipt) explain() error {
	body, upgrade, err := decodeBody(r.Row)
	if err != nil || upgrade {
		return fmt.Errorf("%w: its row cannot be read by this version", ErrReceipt)
	}
	if !bytes.Equal(body.Federation, r.Federation[:]) {
		return fmt.Errorf("%w: its row belongs to another federation", ErrReceipt)
	}
	outcomes, err := decodeOutcomes(r.Outcomes)
	if err != nil {
		return fmt.Errorf("%w: its outcomes cannot be read", ErrReceipt)
	}
	at := slices.IndexFunc(outcomes, func(o survey.Outcome) bool { return o.Number == r.Number && r.Number > 0 })
	if at < 0 {
		return fmt.Errorf("%w: its row decided nothing under number %d", ErrReceipt, r.Number)
	}
	r.Region, r.Outcome, r.Claim = body.Origin, outcomes[at].Status, outcomes[at].Claim
	if r.Command, r.Step, err = wordsOf(&body, &outcomes[at]); err != nil {
		return fmt.Errorf("%w: number %d: %w", ErrReceipt, r.Number, err)
	}
	return nil
}

func (r *Receipt) encode() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write receipt: %w", err)
	}
	return append(text, '\n'), nil
}

// VerifyReceipt checks a receipt as a file has it, byte for byte, and returns
// it. It needs no node: everything but the keys follows from the bytes. keyed,
// if given, says which keys are a region's; without it, whoever trusts the
// receipt must compare the two keys' node ids with the federation's list. Every
// error wraps ErrReceipt and says what is wrong.
func VerifyReceipt(text []byte, keyed func(survey.Region) []ed25519.PublicKey) (*Receipt, error) {
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
	again, err := plain.encode()
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
	if !verifyRow(r.Key, row{r.Row, r.Signature}) {
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
	hash := tlog.RecordHash(mustEncode(leaf{r.Row, r.Signature, r.Outcomes}))
	if err := tlog.CheckRecord(proof, at.size, at.root, r.Leaf, hash); err != nil {
		return fmt.Errorf("%w: row and outcome do not stand at place %d of the tree that %s signed", ErrReceipt, r.Leaf, r.Witness)
	}
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

// readLedger reads what is durable; unlike readHashes anybody may call it.
func (k *keeper) readLedger(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		level, n := tlog.SplitStoredHashIndex(at)
		h, err := k.ledger.Hash(level, uint64(n))
		if err != nil {
			return nil, err
		}
		out[i] = tlog.Hash(h)
	}
	return out, nil
}
