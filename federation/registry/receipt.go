package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/ledger"
	"github.com/ahsn-network/tracker/store/survey"
)

// prover proves decisions from this node's ledger.
type prover struct {
	options *Options // Region, Key and Federation
	machine *machine
	leaves  *leafWriter
	logger  *slog.Logger
}

// Receipt returns the proof, in JSON, of the registry's decision with the number. The decision must
// be about the organisation's claim in the cycle; number 0 means the claim's last change. It blocks
// until the decision is in this node's ledger, for one fsync at most. It returns an error wrapping
// survey.ErrNotFound if there is no such decision, or if this node lacks it because it joined
// later: another node has it.
func (p *prover) Receipt(ctx context.Context, cycle survey.Cycle, id survey.Identifier, number uint64) ([]byte, error) {
	if parsed, err := survey.ParseIdentifier(string(id)); err == nil {
		id = parsed
	}
	v := p.machine.view()
	company := v.Canonical(id)
	if company == "" || v.Tree() == nil {
		return nil, fmt.Errorf("receipt of %s: %w", id, survey.ErrNotFound)
	}

	if number == 0 {
		if number = v.Token(cycle, company); number == 0 {
			return nil, fmt.Errorf("receipt of %s in %s: never claimed: %w", company, cycle, survey.ErrNotFound)
		}
	}

	receipt, err := p.receiptOf(ctx, v, number)
	if err != nil {
		return nil, err
	}
	if receipt.Claim == nil {
		return nil, fmt.Errorf("receipt of number %d: it is not about a claim: %w", number, survey.ErrNotFound)
	}
	// The organisation may have been merged since.
	if receipt.Claim.Cycle != cycle || v.Canonical(receipt.Claim.Organisation) != company {
		return nil, fmt.Errorf("receipt of number %d: it is not about %s in %s: %w", number, company, cycle,
			survey.ErrNotFound)
	}
	return receipt.Encode()
}

// ReceiptOf returns the proof, in JSON, of the decision with the number: of a
// claim, a merge or its undoing, a campaign's step, a sign-off, an endorsement or
// a co-signature. It blocks and fails as Receipt.
func (p *prover) ReceiptOf(ctx context.Context, number uint64) ([]byte, error) {
	v := p.machine.view()
	if number == 0 || v.Tree() == nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, survey.ErrNotFound)
	}
	receipt, err := p.receiptOf(ctx, v, number)
	if err != nil {
		return nil, err
	}
	return receipt.Encode()
}

// receiptOf waits until the decision is in the ledger and proves it in the tree of the state.
func (p *prover) receiptOf(ctx context.Context, v state.View, number uint64) (*receipt.Receipt, error) {
	if number > v.Number() {
		return nil, fmt.Errorf("receipt of number %d: %w", number, survey.ErrNotFound)
	}
	return p.durable(ctx, number, func() (*receipt.Receipt, error) {
		tree := v.Tree()
		return p.receipt(v, number, int64(tree.Size), tree.Root())
	})
}

// durable makes the receipt once the ledger has everything that was decided before, for one fsync at most.
func (p *prover) durable(ctx context.Context, number uint64,
	prove func() (*receipt.Receipt, error)) (*receipt.Receipt, error) {
	if err := p.leaves.sync(ctx); err != nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, err)
	}
	out, err := prove()
	if errors.Is(err, ledger.ErrNotKept) {
		err = fmt.Errorf("decided before this node joined: ask another region's node: %w", survey.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, err)
	}
	return out, nil
}

// receipt builds and checks the proof in the tree of this size.
func (p *prover) receipt(v state.View, number uint64, size int64, root tlog.Hash) (*receipt.Receipt, error) {
	index, kept, err := p.leaves.ledger.Find(number)
	if err != nil {
		return nil, err
	}

	proof, err := tlog.ProveRecord(size, int64(index), tlog.HashReaderFunc(p.leaves.readLedger))
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}

	out, err := receipt.NewReceipt(p.options.Federation, number, kept.Data)
	switch {
	case errors.Is(err, receipt.ErrReceipt):
		return nil, fmt.Errorf("number %d: %w: %w", number, survey.ErrNotFound, err)
	case err != nil:
		return nil, fmt.Errorf("leaf %d: %w", index, err)
	}

	if err := out.Witnessed(p.options.Key, p.options.Region, int64(index), proof, size, root); err != nil {
		return nil, err
	}

	// A proof that fails its check must not leave this node: its ledger is damaged.
	out.Key = v.Signer(out.Region, out.SignedRow())
	if err := out.Check(); err != nil {
		p.logger.Error("this node's ledger of the registry's rows is damaged: it cannot prove its rows", "leaf",
			index, "error", err)
		return nil, err
	}
	return out, nil
}

// ReceiptAt is ReceiptOf in the tree as it was when the decision with the number
// at had been made, and no later one: this node gives the same bytes whenever it
// is asked, and another node's differ in the witness alone. It returns an error
// wrapping survey.ErrInvalid if at was decided before number, and fails besides
// as ReceiptOf.
func (p *prover) ReceiptAt(ctx context.Context, number, at uint64) ([]byte, error) {
	v := p.machine.view()
	switch {
	case at < number:
		return nil, fmt.Errorf("receipt of number %d as of number %d: %w: it was decided later", number, at,
			survey.ErrInvalid)
	case number == 0 || v.Tree() == nil || at > v.Number():
		return nil, fmt.Errorf("receipt of number %d as of number %d: %w", number, at, survey.ErrNotFound)
	}

	receipt, err := p.durable(ctx, number, func() (*receipt.Receipt, error) { return p.receiptAt(v, number, at) })
	if err != nil {
		return nil, err
	}
	return receipt.Encode()
}

func (p *prover) receiptAt(v state.View, number, at uint64) (*receipt.Receipt, error) {
	last, _, err := p.leaves.ledger.Find(at)
	if err != nil {
		return nil, err
	}
	size := int64(last) + 1
	root, err := tlog.TreeHash(size, tlog.HashReaderFunc(p.leaves.readLedger))
	if err != nil {
		return nil, fmt.Errorf("the tree of %d leaves: %w", size, err)
	}
	return p.receipt(v, number, size, root)
}
