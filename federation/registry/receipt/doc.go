// Package receipt proves one decision, and lets anybody check the proof without a node: [Verify]. A
// node makes a proof with [NewReceipt] and [Receipt.Witnessed].
//
// Imports federation/identity, federation/registry/state, store/survey.
package receipt
