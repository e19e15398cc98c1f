package state

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tidwall/btree"
)

// degree of the trees: 95 entries of a node at most. Smaller nodes copy less where
// they are written and take more memory (a million organisations, each claimed:
// 2,014 MiB at 48, 2,123 MiB at 16).
const degree = 48

// tree is a table's rows in one order. It is copied where it is written, so that
// every state that a reader holds stays as it was.
type tree struct {
	rows     *btree.Map[string, any]
	owner    *owner // the one transaction that may change it, until it ends
	visiting int    // visits of that transaction that are under way
}

// owner tells the trees of a transaction from those that others may see.
type owner struct{ _ byte }

func (t *tree) get(key string) any {
	row, _ := t.rows.Get(key)
	return row
}

// tableSchema is a table: how a row's key is made, and its other indexes.
type tableSchema struct {
	name   string
	key    func(row any) string
	others []indexSchema
	slot   int // of its rows by key
}

// indexSchema is another order of a table's rows. keys returns a row's keys. Where they are not
// unique, several rows may share one, in the order of their own keys.
type indexSchema struct {
	name   string
	unique bool
	keys   func(row any) []string
	slot   int
}

// entry returns the index's key for a row with this key and id.
func (x *indexSchema) entry(key, id string) string {
	if x.unique {
		return key
	}
	return key + id
}

// database holds the tables as they were committed last. Readers never wait.
type database struct {
	tables map[string]*tableSchema
	slots  int
	now    atomic.Pointer[[]*tree]
	write  sync.Mutex // held by the transaction that will be committed
	copies sync.Mutex // held while a tree is copied, since copying marks the old one too
}

func newDatabase(tables []tableSchema) *database {
	d := &database{tables: map[string]*tableSchema{}}
	for _, t := range tables {
		t.slot = d.slots
		d.slots++
		for i := range t.others {
			t.others[i].slot = d.slots
			d.slots++
		}
		d.tables[t.name] = &t
	}

	// Every slot has a tree, so that a reader never meets nil.
	empty := make([]*tree, d.slots)
	for i := range empty {
		empty[i] = &tree{rows: btree.NewMap[string, any](degree)}
	}
	d.now.Store(&empty)
	return d
}

// txn is one consistent reading of the database, or a change of it that nobody
// else sees before Commit.
type txn struct {
	of     *database
	trees  []*tree
	owner  *owner // nil in a reading
	writes bool   // holds the right to commit
}

// Read returns the database as it is now.
func (d *database) Read() *txn { return &txn{of: d, trees: *d.now.Load()} }

// Write returns a transaction. It waits until no other one is open; it must be
// ended with Commit or Abort.
func (d *database) Write() *txn {
	d.write.Lock()
	t := d.Try()
	t.writes = true
	return t
}

// Try returns a transaction that is never committed.
func (d *database) Try() *txn {
	return &txn{of: d, trees: slices.Clone(*d.now.Load()), owner: new(owner)}
}

// Commit makes the change visible to all later readers.
func (t *txn) Commit() {
	t.of.now.Store(&t.trees)
	t.owner = new(owner) // nobody's: a visible tree never changes
	t.Abort()
}

// Abort ends the transaction, if Commit did not.
func (t *txn) Abort() {
	if t.writes {
		t.writes = false
		t.of.write.Unlock()
	}
}

func (t *txn) table(name string) *tableSchema {
	s := t.of.tables[name]
	if s == nil {
		panic("registry state: no table " + name)
	}
	return s
}

// slot returns the place of the table's rows in the order of the index.
func (t *txn) slot(table, index string) int {
	s := t.table(table)
	if index == byKey {
		return s.slot
	}
	for i := range s.others {
		if s.others[i].name == index {
			return s.others[i].slot
		}
	}
	panic(fmt.Sprintf("registry state: table %s has no index %s", table, index))
}

// changing returns the tree to be changed. It copies a tree that is being visited, so that the
// visit sees the rows as they were when it began.
func (t *txn) changing(slot int) *btree.Map[string, any] {
	now := t.trees[slot]
	if now.owner != t.owner || now.visiting > 0 {
		t.of.copies.Lock()
		now = &tree{rows: now.rows.Copy(), owner: t.owner}
		t.of.copies.Unlock()
		t.trees[slot] = now
	}
	return now.rows
}

// Insert puts the row in the place of the one with the same key.
func (t *txn) Insert(table string, row any) {
	s := t.table(table)
	id := s.key(row)
	old := t.trees[s.slot].get(id)
	t.changing(s.slot).Set(id, row)

	for i := range s.others {
		x := &s.others[i]
		keys := x.keys(row)
		// Keys that the new row has too are overwritten below.
		if old != nil {
			t.withdraw(x, old, id, keys)
		}
		for _, key := range keys {
			t.changing(x.slot).Set(x.entry(key, id), row)
		}
	}
}

// Delete removes the row with the same key. The row must exist.
func (t *txn) Delete(table string, row any) {
	s := t.table(table)
	id := s.key(row)
	old := t.trees[s.slot].get(id)
	t.changing(s.slot).Delete(id)
	for i := range s.others {
		t.withdraw(&s.others[i], old, id, nil)
	}
}

// withdraw removes the old row from the index, except where the new one replaces it.
func (t *txn) withdraw(x *indexSchema, old any, id string, kept []string) {
	for _, key := range x.keys(old) {
		entry := x.entry(key, id)
		if !slices.Contains(kept, key) && t.trees[x.slot].get(entry) == old {
			t.changing(x.slot).Delete(entry)
		}
	}
}

// First returns the row that stands under the key in an index whose keys are
// unique, nil if none does.
func (t *txn) First(table, index, key string) any { return t.trees[t.slot(table, index)].get(key) }

// Ascend visits the table's rows in the order of the index, from the key on,
// until visit returns false.
func (t *txn) Ascend(table, index, from string, visit func(key string, row any) bool) {
	now := t.trees[t.slot(table, index)]
	// Only trees of this transaction are changed in place.
	if t.owner != nil && now.owner == t.owner {
		now.visiting++
		defer func() { now.visiting-- }()
	}
	now.rows.Ascend(from, visit)
}

// All returns the rows whose keys in the index begin with the prefix.
func (t *txn) All(table, index, prefix string) (rows []any) {
	t.Ascend(table, index, prefix, func(key string, row any) bool {
		if !strings.HasPrefix(key, prefix) {
			return false
		}
		rows = append(rows, row)
		return true
	})
	return rows
}
