// Package identity is who a node is: its Ed25519 key, the id by which people
// read the key to each other, and the federation it belongs to.
//
// Start from [Key] and [NodeID]. The package decides nothing about who is a
// member: that is the roster's.
package identity
