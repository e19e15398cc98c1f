// Package ledger keeps the leaves of a Merkle tree and the hashes of its complete subtrees in one
// append-only file for the life of the node: from it the registry proves decisions long after the
// raft log has dropped them.
//
// Start from [Open] and [Ledger.Append]. The meaning of a leaf is the registry's affair; DESIGN.md
// gives the reasons for a file of its own.
//
// Imports store/disk.
package ledger
