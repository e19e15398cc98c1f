// Package ledger keeps the leaves of a Merkle tree and the hashes of its whole
// subtrees in one append-only file, for as long as the node lives: the registry
// proves from it what was decided long after the raft log has forgotten it.
//
// Start from [Open] and [Ledger.Append]. What a leaf means is the registry's
// business; DESIGN.md says why it is a file of its own.
package ledger
