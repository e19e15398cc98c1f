// Package store keeps one region's own records in a single file: the answers
// that its companies gave, with every earlier version; the region's aggregates
// of them; a mirror of the registry's claims as far as they decide what counts;
// the work that the answers make for the registry; API tokens and the local
// audit log. A second file keeps the signed summaries of all regions.
//
// Start from [Open] and [Store.RecordResponse], and [OpenSummaries].
//
// Nothing here talks to another node. The federation room feeds registry
// changes in with [Store.ApplyChanges] and takes work out with [Store.Outbox].
package store
