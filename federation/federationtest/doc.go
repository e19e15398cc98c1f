// Package federationtest runs many nodes in one process, on fake time and over
// a network that a test can cut.
//
// Start from [Fabric], the network. Only tests import this package.
//
// Imports federation, federation/identity, federation/link, store, store/survey.
package federationtest
