// Package survey is the vocabulary of the national company survey: regions,
// organisations and their identifiers, cycles, campaigns, claims, questions,
// answers, metrics and figures.
//
// Start from [Region], [Organisation], [Claim] and [Totals]. Every other room
// speaks in these types, so that a thing has one name in the code, in the API,
// on the page and in the log.
//
// The package decides nothing about permissions, reads no clock, does no I/O and imports the
// standard library only.
//
// Imports no other room.
package survey
