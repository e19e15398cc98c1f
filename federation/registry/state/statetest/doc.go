// Package statetest makes states for the tests of other packages, without raft.
package statetest
