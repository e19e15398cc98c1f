package node

import "github.com/ahsn-network/tracker/store"

// Pages returns the method and path of every route of the pages and of the
// companies' form.
func (n *Node) Pages() []string { return append(n.pages.Patterns(), n.form.Patterns()...) }

// Audit returns the entries of the node's own audit log after a number.
func (n *Node) Audit(after uint64) ([]store.AuditEntry, error) {
	entries, _, err := n.records.Audit(after, 1000)
	return entries, err
}
