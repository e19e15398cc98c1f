// Package identity has a node's identity: its Ed25519 key, the id by which people read the key to
// each other, and the federation that it belongs to.
//
// Start from [Key] and [NodeID]. Membership is decided by the roster, not here.
//
// Imports no other room.
package identity
