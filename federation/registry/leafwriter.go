package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/ledger"
)

// Bounds of the leaves that wait for the ledger.
const (
	maxLeavesQueued = 256
	maxLeafBytes    = 4 << 20
	leafWritePause  = 500 * time.Millisecond // leaves are collected for so long: the raft log has them meanwhile
)

// leafWriter writes the tree's leaves to the ledger, a little behind the state. Only a snapshot,
// after which the raft log may forget, and the maker of a receipt wait for it. If the disk fails,
// it says so and takes no more: then there are no snapshots either, and the raft log keeps
// everything.
type leafWriter struct {
	ledger *ledger.Ledger
	logger *slog.Logger
	queue  chan leafTask
	done   chan struct{}
	over   sync.WaitGroup

	next    uint64 // index of the next leaf; of run alone
	waiting []ledger.Leaf
	bytes   int
	hashes  map[int64]tlog.Hash // of the waiting leaves
	failed  error
}

// leafTask is one task of run: to write a leaf, to go on from a tree, or to report when everything
// before is durable.
type leafTask struct {
	index  uint64
	number uint64
	data   []byte
	edge   *state.Tree
	synced chan<- error
}

func newLeafWriter(l *ledger.Ledger, logger *slog.Logger) *leafWriter {
	k := &leafWriter{ledger: l, logger: logger, next: l.Size(), hashes: map[int64]tlog.Hash{},
		queue: make(chan leafTask, maxLeavesQueued), done: make(chan struct{})}
	k.over.Go(k.run)
	return k
}

// add takes the leaves of an applied entry. It blocks while too many wait for
// the disk.
func (w *leafWriter) add(results []state.Result) {
	for _, r := range results {
		if r.Place > 0 {
			w.send(leafTask{index: r.Place - 1, number: r.Number, data: r.Leaf})
		}
	}
}

// follow goes on from a restored tree. Leaves before it that the ledger lacks stay missing here.
func (w *leafWriter) follow(v state.View) {
	if tree := v.Tree(); tree != nil {
		w.send(leafTask{edge: tree, number: v.Number()})
	}
}

func (w *leafWriter) send(one leafTask) {
	select {
	case w.queue <- one:
	case <-w.done:
	}
}

// sync returns when every leaf handed over before is durable, or the reason why it will not be.
func (w *leafWriter) sync(ctx context.Context) error {
	synced := make(chan error, 1)
	w.send(leafTask{synced: synced})
	select {
	case err := <-synced:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the ledger: %w", ctx.Err())
	case <-w.done:
		return errors.New("the ledger is closed")
	}
}

// close writes the waiting leaves and closes the ledger. Nothing may be handed over afterwards.
func (w *leafWriter) close() error {
	close(w.done)
	w.over.Wait()
	return w.ledger.Close()
}

func (w *leafWriter) run() {
	pause := time.NewTimer(leafWritePause)
	pause.Stop()
	defer pause.Stop()
	for {
		select {
		case one := <-w.queue:
			if len(w.waiting) == 0 {
				pause.Reset(leafWritePause)
			}
			w.take(one)
		case <-pause.C:
			w.write()
		case <-w.done:
			// Everything that was handed over before close is written.
			for len(w.queue) > 0 {
				w.take(<-w.queue)
			}
			w.write()
			return
		}
	}
}

func (w *leafWriter) take(one leafTask) {
	switch {
	case one.synced != nil:
		w.write()
		one.synced <- w.failed
	case w.failed != nil:
	case one.edge != nil:
		w.write()
		w.continueFrom(one.edge, one.number)
	case one.index < w.next: // replayed
	case one.index > w.next:
		w.fail(fmt.Errorf("leaf %d follows leaf %d", one.index, w.next))
	default:
		w.hash(one)
	}
}

// continueFrom begins anew at the tree's size if the ledger does not reach it.
func (w *leafWriter) continueFrom(tree *state.Tree, number uint64) {
	if w.failed != nil || w.next >= tree.Size {
		return
	}

	edge := make([]ledger.Hash, len(tree.Edge))
	for i, h := range tree.Edge {
		edge[i] = ledger.Hash(h)
	}

	if w.next > w.ledger.Start() {
		w.logger.Warn("this node received the registry's state without its history: "+
			"only other nodes have receipts of earlier decisions", "leaves", tree.Size)
	}

	if err := w.ledger.Reset(tree.Size, number, edge); err != nil {
		w.fail(err)
		return
	}
	w.next = tree.Size
}

func (w *leafWriter) hash(one leafTask) {
	hashes, err := tlog.StoredHashes(int64(one.index), one.data, tlog.HashReaderFunc(w.readHashes))
	if err != nil {
		w.fail(fmt.Errorf("hash leaf %d: %w", one.index, err))
		return
	}

	l := ledger.Leaf{Number: one.number, Data: one.data}
	for i, h := range hashes {
		l.Hashes = append(l.Hashes, ledger.Hash(h))
		w.hashes[tlog.StoredHashIndex(i, int64(one.index)>>i)] = h
	}

	w.waiting = append(w.waiting, l)
	w.bytes += len(one.data)
	w.next++
	// Memory is bounded, whatever the pause.
	if w.bytes >= maxLeafBytes {
		w.write()
	}
}

func (w *leafWriter) readHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		// Hashes of waiting leaves are not in the ledger yet.
		var known bool
		if out[i], known = w.hashes[at]; known {
			continue
		}
		durable, err := w.readLedger(indexes[i : i+1])
		if err != nil {
			return nil, err
		}
		out[i] = durable[0]
	}
	return out, nil
}

func (w *leafWriter) write() {
	if len(w.waiting) > 0 && w.failed == nil {
		if err := w.ledger.Append(w.waiting); err != nil {
			w.fail(err)
		}
	}
	w.waiting, w.bytes = nil, 0
	clear(w.hashes)
}

func (w *leafWriter) fail(err error) {
	w.logger.Error("the ledger of the registry's rows takes no more: "+
		"no receipts of new rows and no snapshots on this node until it is started again", "error", err)
	w.failed = err
	w.waiting, w.bytes = nil, 0
}

// readLedger reads durable hashes. Unlike readHashes it may be called at any time.
func (w *leafWriter) readLedger(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		level, n := tlog.SplitStoredHashIndex(at)
		h, err := w.ledger.Hash(level, uint64(n))
		if err != nil {
			return nil, err
		}
		out[i] = tlog.Hash(h)
	}
	return out, nil
}
