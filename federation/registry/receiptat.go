package registry

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/ledger"
	"github.com/ahsn-network/tracker/store/survey"
)

// ReceiptAt is ReceiptOf in the tree as it was when the decision with the number
// at had been made, and no later one: this node gives the same bytes whenever it
// is asked, and another node's differ in the witness alone. It returns an error
// wrapping survey.ErrInvalid if at was decided before number, and fails besides
// as ReceiptOf.
func (r *Registry) ReceiptAt(ctx context.Context, number, at uint64) ([]byte, error) {
	v := r.machine.view()
	switch {
	case at < number:
		return nil, fmt.Errorf("receipt of number %d as of number %d: %w: it was decided later", number, at, survey.ErrInvalid)
	case number == 0 || v.Tree() == nil || at > v.Number():
		return nil, fmt.Errorf("receipt of number %d as of number %d: %w", number, at, survey.ErrNotFound)
	}
	if err := r.keeper.sync(ctx); err != nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, err)
	}
	receipt, err := r.receiptAt(v, number, at)
	if errors.Is(err, ledger.ErrNotKept) {
		return nil, fmt.Errorf("receipt of number %d: decided before this node joined: ask another region's node: %w", number, survey.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("receipt of number %d: %w", number, err)
	}
	return receipt.Encode()
}

func (r *Registry) receiptAt(v state.View, number, at uint64) (*receipt.Receipt, error) {
	last, _, err := r.keeper.ledger.Find(at)
	if err != nil {
		return nil, err
	}
	size := int64(last) + 1
	root, err := tlog.TreeHash(size, tlog.HashReaderFunc(r.keeper.readLedger))
	if err != nil {
		return nil, fmt.Errorf("the tree of %d leaves: %w", size, err)
	}
	return r.receipt(v, number, size, root)
}
