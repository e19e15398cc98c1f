package state

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Bounds of the tree's remembered roots.
const (
	MarkEvery = 1024 // registry numbers between two roots that nodes compare
	marksKept = 64   // of them
)

// Tree is the Merkle tree over the rows and their outcomes, in the part that every replica carries:
// its size and its edge, the hashes of its whole subtrees, the largest first. The leaves are in the
// ledger. A registry founded before there was a tree never has one, because replicas could not
// agree on its beginning.
type Tree struct {
	Size  uint64      `cbor:"1,keyasint"`
	Edge  []tlog.Hash `cbor:"2,keyasint"`
	Marks []treeMark  `cbor:"3,keyasint"`
}

// treeMark is the root after the row that reached a multiple of markEvery.
type treeMark struct {
	Mark uint64    `cbor:"1,keyasint"` // number / markEvery
	Root tlog.Hash `cbor:"2,keyasint"`
}

// leaf is the content of a leaf of the tree.
type leaf struct {
	Body      []byte `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
	Outcomes  []byte `cbor:"3,keyasint"`
}

// EncodeLeaf returns the leaf of a row and its outcomes.
func EncodeLeaf(r Row, outcomes []byte) []byte {
	return Encode(leaf{r.Body, r.Signature, outcomes})
}

// DecodeLeaf reads a leaf that EncodeLeaf wrote.
func DecodeLeaf(data []byte) (r Row, outcomes []byte, err error) {
	var l leaf
	if err := Decode(data, &l); err != nil {
		return Row{}, nil, err
	}
	return Row{Body: l.Body, Signature: l.Signature}, l.Outcomes, nil
}

// Tree returns the tree, nil if the registry has none.
func (v View) Tree() *Tree { return first[Tree](v.txn, tableTree, byKey, onlyKey) }

// Mark returns the remembered root at the mark, false if there is none.
func (t *Tree) Mark(mark uint64) (tlog.Hash, bool) {
	if t != nil {
		for _, m := range t.Marks {
			if m.Mark == mark {
				return m.Root, true
			}
		}
	}
	return tlog.Hash{}, false
}

// Root returns the hash of the whole tree.
func (t *Tree) Root() tlog.Hash {
	if len(t.Edge) == 0 {
		return tlog.Hash{}
	}
	hash := t.Edge[len(t.Edge)-1]
	for i := len(t.Edge) - 2; i >= 0; i-- {
		hash = tlog.NodeHash(t.Edge[i], hash)
	}
	return hash
}

// append adds a leaf.
func (t *Tree) append(hash tlog.Hash) {
	// Two whole subtrees of one size become one, like a carry in counting.
	for n := t.Size; n&1 == 1; n >>= 1 {
		last := len(t.Edge) - 1
		hash = tlog.NodeHash(t.Edge[last], hash)
		t.Edge = t.Edge[:last]
	}
	t.Edge = append(t.Edge, hash)
	t.Size++
}

// openTree begins the tree, before the founding row is decided.
func (w *entryWork) openTree() {
	if !w.federation.founded() {
		w.tree = &Tree{}
	} else if kept := w.View.Tree(); kept != nil {
		w.tree = &Tree{Size: kept.Size, Edge: slices.Clone(kept.Edge), Marks: slices.Clone(kept.Marks)}
	}
}

// appendLeaf adds the decided row to the tree. It returns its place plus one and the leaf; 0 and
// nil without a tree.
func (w *entryWork) appendLeaf(r Row, outcomes []byte) (uint64, []byte) {
	if w.tree == nil {
		return 0, nil
	}
	data := EncodeLeaf(r, outcomes)
	w.tree.append(tlog.RecordHash(data))
	// A list's row may jump over the multiple itself.
	if mark := w.federation.Number / MarkEvery; mark > 0 &&
		(len(w.tree.Marks) == 0 || w.tree.Marks[len(w.tree.Marks)-1].Mark < mark) {
		w.tree.Marks = append(w.tree.Marks, treeMark{Mark: mark, Root: w.tree.Root()})
		w.tree.Marks = w.tree.Marks[max(0, len(w.tree.Marks)-marksKept):]
	}
	return w.tree.Size, data
}

// storeTree stores the tree with the entry's other changes.
func (w *entryWork) storeTree() {
	if w.tree != nil && w.tree.Size > 0 {
		w.insert(tableTree, w.tree)
	}
}
