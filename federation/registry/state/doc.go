// Package state is the registry's memory and its decisions: a log entry and the
// state before it give the state after it and one result for each row. It is
// pure: it imports no clock, no randomness, no files and no network, so that
// every replica decides alike; cmd/layers_test.go holds it to that.
//
// A replica applies entries with [State.Apply]. The constructors of [Command] make its rows.
// Callers read through a [Reader], or through a [View] for several questions about one moment.
//
// Imports federation/disclosure, federation/identity, store/survey.
package state
