// Package receipt is the proof of one decision, and its check by anybody,
// without a node: [Verify]. A node makes one with [New] and [Receipt.Witnessed].
package receipt
