// Package registry is the federation's replicated memory of who surveys which
// company: the roster, the organisations, the campaigns and the claims. It is
// the one place where the regions must agree, so it is kept by Raft: a change
// is made when a majority of the regions has it on disk, and only then.
//
// Start from [Open]. The writes ([Writer.Claim] and its siblings) return when the change is applied
// on this node, with one outcome per item. This node's replica answers the reads ([state.Reader]);
// [Registry.Await] says or ensures how fresh it is. DESIGN.md gives the reasons.
//
// Package state decides. It is pure, so that every replica decides alike.
//
// Imports federation/identity, federation/registry/receipt, federation/registry/search,
// federation/registry/state, store/ledger, store/notifier, store/raftlog, store/survey.
package registry
