// Package statetest makes states for the tests of other packages, without raft.
//
// Imports federation/identity, federation/registry/state, store/survey.
package statetest
